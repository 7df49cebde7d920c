//! The verifier as WebAssembly for one page without a server (`scripts/verifier-page`): the same
//! crate as `daochang-verify`, behind three exported functions that move bytes
//! (docs/adr/0004-wasm-without-bindgen.md).

use serde_json::json;
use verify::{Trust, verify};

/// There is no randomness behind this door, and nothing here asks for any.
#[cfg(target_family = "wasm")]
fn no_randomness(_: &mut [u8]) -> Result<(), getrandom_02::Error> {
    Err(getrandom_02::Error::UNSUPPORTED)
}

#[cfg(target_family = "wasm")]
getrandom_02::register_custom_getrandom!(no_randomness);

/// Verifies: four bytes of length (little endian), so many bytes of trust file (none: no trust file),
/// then the bundle. The answer is `{"report", "zh", "en"}`, or `{"bad_trust": true}`.
pub fn answer(request: &[u8]) -> Vec<u8> {
    let Some((trust, bundle)) = split(request) else {
        return json!({ "bad_trust": true }).to_string().into_bytes();
    };
    let report = verify(bundle, trust.as_ref());
    let (zh, en) = report.texts();
    let report = serde_json::to_value(&report).unwrap_or_default();
    json!({ "report": report, "zh": zh, "en": en })
        .to_string()
        .into_bytes()
}

/// None if there is a trust file that cannot be used.
fn split(request: &[u8]) -> Option<(Option<Trust>, &[u8])> {
    let (length, rest) = request.split_first_chunk::<4>()?;
    let (trust, bundle) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    if trust.is_empty() {
        Some((None, bundle))
    } else {
        Some((Some(Trust::parse(trust).ok()?), bundle))
    }
}

/// Reserves `len` bytes for the caller to write its request into.
#[unsafe(no_mangle)]
pub extern "C" fn alloc(len: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; len].into_boxed_slice()).cast()
}

/// Gives back a buffer made by [`alloc`] or returned by [`call`].
///
/// # Safety
/// `ptr` and `len` must be exactly one such buffer, given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dealloc(ptr: *mut u8, len: usize) {
    // SAFETY: by contract this is the boxed slice whose ownership went to the caller.
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(ptr, len)) });
}

/// Answers the request in the buffer; the answer's address and length are packed into one number.
///
/// # Safety
/// `ptr` and `len` must be a buffer made by [`alloc`]; it stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn call(ptr: *const u8, len: usize) -> u64 {
    // SAFETY: by contract the buffer is readable for `len` bytes.
    let request = unsafe { std::slice::from_raw_parts(ptr, len) };
    let answer = answer(request).into_boxed_slice();
    let len = answer.len() as u64;
    let ptr = Box::into_raw(answer).cast::<u8>() as u64;
    ptr << 32 | len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_answered_and_never_panics() {
        for request in [
            &b""[..],
            b"\x01",
            b"\xff\xff\xff\xff",
            b"\x01\0\0\0x",
            b"\x01\0\0\0",
        ] {
            assert_eq!(answer(request), b"{\"bad_trust\":true}");
        }
        let answer: serde_json::Value =
            serde_json::from_slice(&answer(b"\0\0\0\0no bundle")).unwrap();
        assert_eq!(answer["report"]["exit"], 3);
        assert!(answer["zh"].as_str().unwrap().contains("结论 3"));
    }
}
