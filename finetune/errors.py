"""Errors of the training side; all of them belong to the tree rooted at :class:`catalog_db.errors.NeoError`."""

from __future__ import annotations

from catalog_db.errors import NeoError


class EncoderError(NeoError):
    """An embedding model that is missing or cannot be used."""


class QuantizationError(NeoError):
    """Items that cannot be quantized as asked, or codes that cannot be told apart."""


class ItemTypesError(NeoError):
    """Item types that cannot be derived, or a file of them that cannot be read."""


class PhrasingError(NeoError):
    """Phrasings for training examples that cannot be used."""


class ExamplesError(NeoError):
    """Training examples that cannot be made, or a folder of them that cannot be read."""


class ConfigError(NeoError):
    """A recipe or an option of training that cannot be used."""


class TrainingError(NeoError):
    """A training run that cannot start, go on or be resumed."""


class BenchmarkError(NeoError):
    """A benchmark folder that cannot be read, or a ranker that cannot be trained or measured on it."""


class DatasetError(NeoError):
    """A public data set that is missing, is not what it claims to be, or cannot be written as a shop."""


class StudentError(NeoError):
    """A student that cannot be made from its base model as asked."""


class ExamError(NeoError):
    """A file of exam requests that cannot be read, or does not fit the shop."""


class TeacherError(NeoError):
    """A teacher that cannot be asked, or a file of its texts that cannot be used."""


class StudyError(NeoError):
    """A study that cannot be made with what is there."""


class DiskError(NeoError):
    """A disk that is full, or a file or folder that cannot be used."""
