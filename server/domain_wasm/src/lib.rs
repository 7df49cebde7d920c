//! The rules as WebAssembly: JSON in, JSON out, one export that does something. No code
//! generator stands between Rust and the phone (docs/adr/0004-wasm-without-bindgen.md): three exported functions move
//! bytes, everything else is [`door::call`], which native tests run on the very same vectors.

pub mod door;

/// There is no randomness behind this door, and nothing here asks for any.
#[cfg(target_family = "wasm")]
fn no_randomness(_: &mut [u8]) -> Result<(), getrandom_02::Error> {
    Err(getrandom_02::Error::UNSUPPORTED)
}

#[cfg(target_family = "wasm")]
getrandom_02::register_custom_getrandom!(no_randomness);

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
    let answer = door::call(request).into_boxed_slice();
    let len = answer.len() as u64;
    let ptr = Box::into_raw(answer).cast::<u8>() as u64;
    ptr << 32 | len
}
