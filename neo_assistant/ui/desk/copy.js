(rich, plain) => {
    // No remote script: the browser's own clipboard, or where the page is not served securely the older way of copying.
    const done = (words) => {
        const said = document.querySelector('#neo-compose-copied');
        if (said) said.textContent = words;
    };
    const older = () => {
        const listen = (event) => {
            event.preventDefault();
            if (rich) event.clipboardData.setData('text/html', rich);
            event.clipboardData.setData('text/plain', plain);
        };
        document.addEventListener('copy', listen, { once: true });
        const copied = document.execCommand('copy');
        document.removeEventListener('copy', listen);
        done(copied ? 'Copied.' : 'The browser does not let this page copy. Select the text below and copy it.');
    };
    if (!plain) return [rich, plain];
    if (!navigator.clipboard?.write || !window.ClipboardItem) {
        older();
        return [rich, plain];
    }
    const types = { 'text/plain': new Blob([plain], { type: 'text/plain' }) };
    if (rich) types['text/html'] = new Blob([rich], { type: 'text/html' });
    navigator.clipboard.write([new ClipboardItem(types)]).then(() => done('Copied.'), older);
    return [rich, plain];
}
