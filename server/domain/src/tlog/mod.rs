//! The transparency log as C2SP and RFC 6962 define it: a Merkle tree over leaves that say when
//! the server saw what. Only mathematics and text forms; numbering leaves, storing tiles and
//! asking witnesses is the server's business, and judging a bundle the verifier's.
//!
//! - [`leaf`] what is logged; [`merkle`] roots and proofs; [`tile`] the tree as static files;
//! - [`note`] signed texts; [`checkpoint`] root and size in a note, [`cosignature`] a witness's
//!   statement on it, [`outside`] when all who saw it saw it, [`lag`] who is behind; [`proof`] a file that proves one
//!   leaf to somebody who holds only keys.

pub mod checkpoint;
pub mod cosignature;
pub mod lag;
pub mod leaf;
pub mod merkle;
pub mod note;
pub mod outside;
pub mod proof;
#[cfg(test)]
mod testing;
pub mod tile;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ids::Digest;
use crate::text::coded;

/// Largest number of leaves, 2^53 − 1: what every JSON reader keeps exactly.
pub const SIZE_MAX: u64 = crate::canonical::INTEGER_MAX as u64;

coded! {
    /// Why something of the log is not accepted.
    LogRefusal {
        NotANote "not_a_note"
            "不是有效的签名文本，未采用。请重新获取该文件。" "This is not a signed note, so it was not used. Get the file again.";
        NoteTooLarge "note_too_large"
            "签名文本过大或签名过多，未采用。请核查文件来源。" "The signed note is too large or carries too many signatures. Check where the file comes from.";
        NotAVerifierKey "not_a_verifier_key"
            "核验公钥的写法不正确。请按“名称+编号+公钥”完整复制。" "The verifier key is not well formed. Copy all of it: name, number and key, joined by plus signs.";
        NoteNotSigned "note_not_signed"
            "文本没有所信任的公钥的签名，未采用。请核对信任清单。" "No trusted key has signed the note, so it was not used. Compare it with the list of trusted keys.";
        NoteSignedTwice "note_signed_twice"
            "同一公钥在文本上签名两次，含义不唯一，未采用。请核查文件来源。" "One key has signed the note twice, so its meaning is not unique. Check where the file comes from.";
        NoteBadSignature "note_bad_signature"
            "签名与文本不符，文本可能被改动。请重新获取并核查来源。" "A signature does not match the note, which may have been altered. Get it again and check where it comes from.";
        NoteKeyNotYet "note_key_not_yet"
            "签名所用的日志公钥当时尚未启用，未采用。请核查文件来源。" "The key of the log that signed this was not in use yet at that size. Check where the file comes from.";
        NoteKeyReplaced "note_key_replaced"
            "签名所用的日志公钥当时已被更换，未采用。请核查文件来源。" "The key of the log that signed this had been replaced at that size. Check where the file comes from.";
        NotACheckpoint "not_a_checkpoint"
            "签名文本不是日志检查点，未采用。请重新获取该文件。" "The signed note is not a checkpoint of a log. Get the file again.";
        OtherLog "other_log"
            "检查点属于另一个日志，未采用。请核对日志名称。" "The checkpoint belongs to another log. Compare the name of the log.";
        NotALogProof "not_a_log_proof"
            "不是有效的日志证明文件，未采用。请重新导出。" "This is not a log proof, so it was not used. Export it again.";
        NotALogLeaf "not_a_log_leaf"
            "日志条目的格式不正确，未采用。请核查文件来源。" "The log entry does not have the agreed form. Check where the file comes from.";
        NotATile "not_a_tile"
            "日志数据块的长度或内容不正确，未采用。请重新获取。" "The tile of the log has a wrong length or content. Get it again.";
        NotInLog "not_in_log"
            "证明不成立：该记录不在检查点所示的日志之中。请核查记录与日志。" "The proof fails: the record is not in the log that the checkpoint stands for. Look into both.";
        LogNotConsistent "log_not_consistent"
            "日志前后矛盾，可能被改写。请保留两份检查点并要求运营方说明。" "The log contradicts its earlier state and may have been rewritten. Keep both checkpoints and ask the operator to explain.";
    }
}

/// Base64 with padding, in its one spelling.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A hash as checkpoints and proofs spell it.
fn decode_digest(text: &str) -> Option<Digest> {
    Some(Digest(decode_base64(text)?.try_into().ok()?))
}

fn encode_digest(digest: Digest) -> String {
    STANDARD.encode(digest.0)
}

/// A whole number without sign, leading zero or anything else around it, at most [`SIZE_MAX`].
fn decode_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number <= SIZE_MAX && number.to_string() == text).then_some(number)
}
