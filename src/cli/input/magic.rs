//! Signatures of binary formats, which are refused by their names.
//!
//! Each signature has at least three bytes, and not mostly zeros: a fuzz input on standard input, which has no name, must
//! not match one by chance. Crates for file types (`infer`, `file-format`) use signatures of two bytes.

/// A binary format: the bytes at an offset.
struct Signature {
    what: &'static str,
    /// The file to pass instead.
    instead: &'static str,
    offset: usize,
    bytes: &'static [u8],
}

const fn begins(what: &'static str, bytes: &'static [u8]) -> Signature {
    Signature { what, instead: "a schedule or a trace", offset: 0, bytes }
}

const fn archive(what: &'static str, offset: usize, bytes: &'static [u8]) -> Signature {
    Signature { what, instead: "the files in it", offset, bytes }
}

const SIGNATURES: &[Signature] = &[
    archive("a gzip archive", 0, b"\x1f\x8b\x08"),
    archive("a zip archive", 0, b"PK\x03\x04"),
    archive("an empty zip archive", 0, b"PK\x05\x06"),
    archive("a zstd archive", 0, b"\x28\xb5\x2f\xfd"),
    archive("an xz archive", 0, b"\xfd7zXZ\0"),
    archive("a bzip2 archive", 0, b"BZh"),
    archive("an lz4 archive", 0, b"\x04\x22\x4d\x18"),
    archive("a 7z archive", 0, b"7z\xbc\xaf\x27\x1c"),
    archive("a rar archive", 0, b"Rar!\x1a\x07"),
    archive("a tar archive", 257, b"ustar"),
    begins("a static library", b"!<arch>\n"),
    begins("a PNG image", b"\x89PNG\r\n\x1a\n"),
    begins("a JPEG image", b"\xff\xd8\xff"),
    begins("a GIF image", b"GIF8"),
    begins("a TIFF image", b"II*\0"),
    begins("a TIFF image", b"MM\0*"),
    begins("a RIFF file (WebP, WAV or AVI)", b"RIFF"),
    Signature { what: "an MP4 video", instead: "a schedule or a trace", offset: 4, bytes: b"ftyp" },
    begins("an Ogg file", b"OggS"),
    begins("an MP3 file", b"ID3\x03"),
    begins("an MP3 file", b"ID3\x04"),
    begins("a WOFF font", b"wOFF"),
    begins("a WOFF2 font", b"wOF2"),
    begins("a PDF document", b"%PDF-"),
    begins("an old Office document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    begins("an ELF binary", b"\x7fELF"),
    begins("a Mach-O binary", b"\xcf\xfa\xed\xfe"),
    begins("a Mach-O binary", b"\xfe\xed\xfa\xcf"),
    begins("a Windows binary", b"MZ\x90\0"),
    begins("a WebAssembly module", b"\0asm"),
    begins("a Java class", b"\xca\xfe\xba\xbe"),
    begins("a serialized Java object", b"\xac\xed\0\x05"),
    begins("LLVM bitcode", b"BC\xc0\xde"),
    begins("an LLVM profile", b"\x81rforpl\xff"),
    begins("an LLVM profile", b"\xfflprofr\x81"),
    begins("a Python pickle", b"\x80\x04\x95"),
    begins("an SQLite database", b"SQLite format 3\0"),
    begins("a Parquet file", b"PAR1"),
    begins("a git pack", b"PACK\0\0\0\x02"),
    begins("a git index", b"DIRC\0\0\0"),
    begins("a packet capture", b"\xd4\xc3\xb2\xa1"),
    begins("a pcapng packet capture", b"\x0a\x0d\x0d\x0a"),
];

/// The known binary format of the bytes, and the file to pass instead.
pub fn known(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let has = |row: &&Signature| bytes.get(row.offset..).is_some_and(|rest| rest.starts_with(row.bytes));
    SIGNATURES.iter().find(has).map(|row| (row.what, row.instead)).or(utf_16(bytes))
}

/// Recognises UTF-16 by its byte order mark and the zero byte of an ASCII letter: two bytes could be chance.
fn utf_16(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let found = matches!(bytes, [0xff, 0xfe, _, 0, ..] | [0xfe, 0xff, 0, _, ..]);
    found.then_some(("text in UTF-16", "it as UTF-8"))
}
