//! Generated files, the same each time: texts, archives, images, and traces that are truncated or have one bit flipped.

/// A generated file.
pub struct Made {
    pub name: String,
    pub bytes: Vec<u8>,
    pub is: Is,
}

/// The formats in which a file may be read.
pub enum Is {
    /// None.
    Foreign,
    /// None under its name; a fuzz input on standard input.
    Random,
    /// At most this format.
    Of(&'static str),
}

/// Pseudo-random numbers, the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// Names and texts; `#` stands for a number.
const TEXTS: &[(&str, &str)] = &[
    ("package#.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.#.0\",\n  \"private\": true\n}\n"),
    ("list#.json", "[#, 2, 3]\n"),
    ("states#.json", "{\"states\": [{\"id\": #, \"state\": \"open\"}], \"messages\": []}"),
    ("rows#.jsonl", "{\"id\": #}\n{\"id\": 2}\n"),
    ("Cargo#.toml", "[package]\nname = \"app\"\nversion = \"0.#.0\"\n\n[dependencies]\nserde = \"1\"\n"),
    ("config#.yaml", "---\nversion: #\nservices:\n  raft:\n    image: raft:latest\n"),
    ("main#.rs", "//! A program.\nfn main() {\n    println!(\"{}\", #);\n}\n"),
    ("state#.py", "#!/usr/bin/env python3\nState = #\nprint(f'State {State}: ok')\n"),
    ("README#.md", "# Raft #\n\n```\nraft-lockstep schedule 1\nvoters 3\nevents\nend\n```\n"),
    ("notes#.txt", "Monday: read chapter # of the thesis.\n"),
    ("server#.log", "2026-01-02 10:00:0# INFO raft: 1 became candidate at term 2\n2026-01-02 10:00:01 INFO ok\n"),
    ("coloured#.log", "\u{1b}[32mINFO\u{1b}[0m raft: 1 became follower at term #, which is a line of a usual length\n"),
    ("syslog#", "Jan  2 10:00:0# host raftd[17]: State 2: follower\n"),
    ("table#.csv", "node,term,vote\n1,#,1\n2,2,1\n"),
    ("page#.html", "<!DOCTYPE html>\n<html><head><title>#</title></head><body></body></html>\n"),
    ("drawing#.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"#\"></svg>\n"),
    ("pom#.xml", "<?xml version=\"1.0\"?>\n<project><version>#</version></project>\n"),
    ("raft#.tla", "---- MODULE raft ----\nEXTENDS Naturals\nVARIABLE x\nInit == x = #\n====\n"),
    ("raft#.qnt", "module raft {\n  var term: int\n  action init = term' = #\n}\n"),
    ("quint#.out", "An example execution:\n\n[State 0] { term: # }\n\n[State 1] { term: 2 }\n"),
    ("history#.shiviz", "node1 {\"node1\":#}\nevent campaign\nnode2 {\"node1\":1, \"node2\":1}\nevent vote\n"),
    ("export#.ndjson", "{\"tag\":\"trace\",\"ts\":#,\"event\":{\"name\":\"InitState\",\"nid\":\"1\"}}\n"),
    ("hunt#.jsonl", "{\"seconds\":#,\"executions\":2,\"events\":3}\n"),
    ("crash-#", "This is a note on a crash, number #, and no fuzz input.\n"),
    ("kept-#", "{\"seed\": #}\n"),
    ("Makefile#", "all:\n\tcargo build -j #\n"),
    ("unicode#.txt", "Führer, Wähler und Kandidat: # Stück\n選舉 # 領導者\n"),
    ("blank#.txt", "\n\n  \n"),
];

/// Names, and the signature with its offset.
const BINARIES: &[(&str, usize, &[u8])] = &[
    ("trace#.json.gz", 0, b"\x1f\x8b\x08\0"),
    ("archive#.zip", 0, b"PK\x03\x04"),
    ("archive#.tar", 257, b"ustar\x0000"),
    ("archive#.zst", 0, b"\x28\xb5\x2f\xfd"),
    ("archive#.xz", 0, b"\xfd7zXZ\0"),
    ("archive#", 0, b"BZh91AY&SY"),
    ("archive#.7z", 0, b"7z\xbc\xaf\x27\x1c"),
    ("image#.png", 0, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ("image#.jpg", 0, b"\xff\xd8\xff\xe0\0\x10JFIF"),
    ("image#.gif", 0, b"GIF89a"),
    ("paper#.pdf", 0, b"%PDF-1.7\n"),
    ("program#", 0, b"\x7fELF\x02\x01\x01\0"),
    ("Main#.class", 0, b"\xca\xfe\xba\xbe\0\0"),
    ("module#.wasm", 0, b"\0asm\x01\0\0\0"),
    ("data#.db", 0, b"SQLite format 3\0"),
    ("raft_TTrace_#.bin", 0, b"\x1f\x8b\x08\0"),
    ("random#", 0, b""),
    ("random#.txt", 0, b""),
    ("random#.json", 0, b""),
    ("utf16_#.txt", 0, b"\xff\xfer\0a\0f\0t\0"),
];

/// Makes two hundred files, some of them from the samples, which are given with their formats.
pub fn files(samples: &[(&'static str, String)]) -> Vec<Made> {
    let mut files = Vec::new();
    let mut numbers = Numbers(1);
    for (name, text) in TEXTS {
        for number in 1..=2 {
            let number = number.to_string();
            let (name, text) = (name.replace('#', &number), text.replace('#', &number));
            files.push(Made { name, bytes: text.into_bytes(), is: Is::Foreign });
        }
    }
    for (name, start, magic) in BINARIES {
        for number in 1..=2 {
            let mut bytes = numbers.bytes(if number == 1 { 40 } else { 700 } + start);
            bytes[*start..][..magic.len()].copy_from_slice(magic);
            let is = if magic.is_empty() { Is::Random } else { Is::Foreign };
            files.push(Made { name: name.replace('#', &number.to_string()), bytes, is });
        }
    }
    let damaged = 200 - files.len();
    for number in 0..damaged {
        let (format, text) = &samples[number / 2 % samples.len()];
        let mut bytes = text.clone().into_bytes();
        let place = numbers.next() as usize % bytes.len();
        let (kind, extension) = if number % 2 == 0 { ("cut", "") } else { ("flipped", ".json") };
        match kind {
            // A cut at the very end would leave the text whole.
            "cut" => bytes.truncate(place.min(bytes.len() * 9 / 10)),
            _ => bytes[place] ^= 1 << (numbers.next() % 8),
        }
        files.push(Made { name: format!("{kind}-{number}-{format}{extension}"), bytes, is: Is::Of(format) });
    }
    files
}
