// Reads the chosen file piece by piece, as the server asks for them. `props`, `trigger` and `watch` are Gradio's.
// Nothing goes through Gradio's upload route: each piece is an event of the desk, which asks who is signed in.

watch("wanted", async () => {
  const { position, piece } = props.wanted;
  if (!(position >= 0)) return;
  const file = document.querySelector("#neo-catalog-file")?.files[0];
  const blob = file?.slice(position, position + piece);
  const url = await new Promise((resolve) => {
    if (!blob?.size) return resolve(",");
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => resolve(",");
    reader.readAsDataURL(blob);
  });
  window.neoCatalogPiece = [position, url.slice(url.indexOf(",") + 1)];
  trigger("piece", { position });
});
