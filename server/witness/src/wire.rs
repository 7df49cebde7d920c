//! What travels between a log and a witness (C2SP tlog-witness, add-checkpoint). Pure; the log's
//! side uses the same functions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::Digest;
use domain::tlog::SIZE_MAX;
use domain::tlog::note::{NOTE_BYTES_MAX, NoteSignature};

/// Where checkpoints are sent, after the witness's address.
pub const ADD_CHECKPOINT: &str = "/add-checkpoint";
/// The type of the answer that names the size the witness knows.
pub const SIZE_TYPE: &str = "text/x.tlog.size";
/// Most hashes of a consistency proof.
pub const PROOF_LINES_MAX: usize = 63;
/// Longest request: the first line, the proof and the note.
pub const REQUEST_BYTES_MAX: usize = 32 + PROOF_LINES_MAX * 45 + NOTE_BYTES_MAX;

/// What a log asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The size that the log believes the witness knows.
    pub old_size: u64,
    /// That the new tree continues the old one.
    pub proof: Vec<Digest>,
    /// The new checkpoint, signed.
    pub note: &'a [u8],
}

/// What a log sends: the size the witness is believed to know, the consistency proof from there,
/// and the signed checkpoint.
pub fn request_body(old_size: u64, proof: &[Digest], note: &str) -> String {
    let mut body = format!("old {old_size}\n");
    for hash in proof {
        body.push_str(&STANDARD.encode(hash.0));
        body.push('\n');
    }
    body.push('\n');
    body.push_str(note);
    body
}

impl<'a> Request<'a> {
    /// Reads a request; none if it does not have exactly this form.
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        // None of the lines before the note can be empty, so the first empty line is the border.
        let border = body.windows(2).position(|pair| pair == b"\n\n")?;
        let head = std::str::from_utf8(&body[..border]).ok()?;
        let note = &body[border + 2..];
        let mut lines = head.split('\n');
        let old_size = decimal(lines.next()?.strip_prefix("old ")?)?;
        let proof: Vec<Digest> = lines.map(hash).collect::<Option<_>>()?;
        let fits = proof.len() <= PROOF_LINES_MAX && note.len() <= NOTE_BYTES_MAX;
        (fits && note.ends_with(b"\n")).then_some(Self {
            old_size,
            proof,
            note,
        })
    }
}

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its cosignature lines, still to be verified against its key
    /// (`domain::tlog::cosignature::cosigned_at`, after adding them to the note).
    Cosigned(Vec<NoteSignature>),
    /// It knows this size: submit again with the proof from there. If that is the size just
    /// submitted, it knows another tree of that size.
    Knows(u64),
    /// It says that the log contradicts itself. This is never a passing fault: raise an alarm.
    Inconsistent,
    /// It does not know the log or its key; somebody has to register it there.
    NotRegistered,
    /// It cannot answer now; ask again later.
    Later,
    /// It refuses the request as such, or the answer makes no sense.
    Failed,
}

/// Reads the answer of a witness: status, `Content-Type` and body.
pub fn answer(status: u16, content_type: &str, body: &[u8]) -> Answer {
    let text = std::str::from_utf8(body).unwrap_or_default();
    match status {
        200 => match NoteSignature::parse_lines(text) {
            Ok(lines) if !lines.is_empty() => Answer::Cosigned(lines),
            _ => Answer::Failed,
        },
        409 if content_type == SIZE_TYPE => text
            .strip_suffix('\n')
            .and_then(decimal)
            .map_or(Answer::Failed, Answer::Knows),
        // What the first version of the protocol answered to another tree of the same size.
        409 | 422 => Answer::Inconsistent,
        403 | 404 => Answer::NotRegistered,
        429 | 500..=599 => Answer::Later,
        _ => Answer::Failed,
    }
}

/// A whole number in its one spelling.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number <= SIZE_MAX && number.to_string() == text).then_some(number)
}

fn hash(line: &str) -> Option<Digest> {
    Some(Digest(STANDARD.decode(line).ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOTE: &str = "log\n1\nroot\n\n\u{2014} log AAAA\n";

    #[test]
    fn a_request_is_read_as_it_was_written() {
        for proof in [vec![], vec![Digest([7; 32])], vec![Digest([1; 32]); 63]] {
            let body = request_body(SIZE_MAX, &proof, NOTE);
            let read = Request::parse(body.as_bytes()).unwrap();
            assert_eq!((read.old_size, read.proof), (SIZE_MAX, proof));
            assert_eq!(read.note, NOTE.as_bytes());
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let hash = STANDARD.encode([7; 32]);
        let too_many = request_body(1, &[Digest([1; 32]); 64], NOTE);
        let cases = [
            "".to_owned(),
            "\n\n".to_owned(),
            format!("old 0\n{NOTE}"),
            format!("old 0\n\n{}", NOTE.trim_end()),
            "old 0\n\n".to_owned(),
            format!("old 00\n\n{NOTE}"),
            format!("old 01\n\n{NOTE}"),
            format!("old +1\n\n{NOTE}"),
            format!("old -1\n\n{NOTE}"),
            format!("old  1\n\n{NOTE}"),
            format!("old 1 \n\n{NOTE}"),
            format!("old 1\r\n\n{NOTE}"),
            format!("Old 1\n\n{NOTE}"),
            format!("old 9007199254740992\n\n{NOTE}"),
            format!("old 1\n{hash}=\n\n{NOTE}"),
            format!("old 1\n{}\n\n{NOTE}", &hash[..43]),
            format!("old 1\n{}\n\n{NOTE}", STANDARD.encode([7; 31])),
            format!("old 1\n {hash}\n\n{NOTE}"),
            too_many,
        ];
        for case in cases {
            assert_eq!(Request::parse(case.as_bytes()), None, "{case}");
        }
        assert_eq!(Request::parse(b"old 1\n\xff\n\nnote\n"), None);
        let long = request_body(0, &[], &format!("{}\n", "x".repeat(NOTE_BYTES_MAX)));
        assert_eq!(Request::parse(long.as_bytes()), None);
    }

    #[test]
    fn answers_are_told_apart() {
        let line = "\u{2014} w AAAAAAA=\n";
        let cases: [(u16, &str, &str, Answer); 14] = [
            (409, SIZE_TYPE, "17\n", Answer::Knows(17)),
            (409, SIZE_TYPE, "0\n", Answer::Knows(0)),
            (409, SIZE_TYPE, "017\n", Answer::Failed),
            (409, SIZE_TYPE, "17", Answer::Failed),
            (409, "text/plain", "17\n", Answer::Inconsistent),
            (422, "text/plain", "", Answer::Inconsistent),
            (403, "", "", Answer::NotRegistered),
            (404, "", "", Answer::NotRegistered),
            (503, "", "", Answer::Later),
            (500, "", "", Answer::Later),
            (429, "", "", Answer::Later),
            (400, "", "", Answer::Failed),
            (200, "text/plain", "", Answer::Failed),
            (200, "text/plain", "hello\n", Answer::Failed),
        ];
        for (status, content_type, body, expected) in cases {
            let read = answer(status, content_type, body.as_bytes());
            assert_eq!(read, expected, "{status} {body}");
        }
        let read = answer(200, "", line.as_bytes());
        assert!(matches!(read, Answer::Cosigned(lines) if lines.len() == 1));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Request::parse(&body);
            let _ = answer(200, "", &body);
            let _ = answer(409, SIZE_TYPE, &body);
        }
    }
}
