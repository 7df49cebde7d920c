//! Reading nested ASN.1 values without copying. Lengths must be definite and minimal, as DER
//! wants; the order inside a SET is not looked at, because authorities in service break it and
//! OpenSSL reads them all the same.

use der::{Decode, Header, Reader, SliceReader, Tag, TagNumber};

use crate::Refusal;

/// One value: its tag, its content, and the bytes of both.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    pub tag: Tag,
    pub value: &'a [u8],
    pub raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// The one value that these bytes are.
    pub fn only(bytes: &'a [u8], tag: Tag) -> Result<Self, Refusal> {
        let mut fields = Fields::of(bytes)?;
        let element = fields.take(tag)?;
        fields.end()?;
        Ok(element)
    }

    /// What is inside.
    pub fn fields(&self) -> Result<Fields<'a>, Refusal> {
        Fields::of(self.value)
    }

    /// Reads it as a type of the libraries.
    pub fn decode<T: Decode<'a>>(&self) -> Result<T, Refusal> {
        T::from_der(self.raw).map_err(|_| Refusal::Malformed)
    }

    /// Its number, if it is a small one.
    pub fn small(&self) -> Result<u16, Refusal> {
        self.decode()
    }
}

/// The tag `[number]`, constructed.
pub const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// The tag `[number]`, primitive.
pub const fn context_primitive(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(number),
    }
}

/// The values inside another, one after the other.
pub struct Fields<'a> {
    rest: SliceReader<'a>,
}

impl<'a> Fields<'a> {
    /// The values that these bytes hold.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let rest = SliceReader::new(bytes).map_err(|_| Refusal::Malformed)?;
        Ok(Self { rest })
    }

    /// The next value, whatever it is; none at the end.
    pub fn next(&mut self) -> Result<Option<Element<'a>>, Refusal> {
        if self.rest.is_finished() {
            return Ok(None);
        }
        let raw = self.rest.tlv_bytes().map_err(|_| Refusal::Malformed)?;
        let mut inside = SliceReader::new(raw).map_err(|_| Refusal::Malformed)?;
        let header = Header::decode(&mut inside).map_err(|_| Refusal::Malformed)?;
        let value = inside
            .read_slice(header.length())
            .map_err(|_| Refusal::Malformed)?;
        let tag = header.tag();
        Ok(Some(Element { tag, value, raw }))
    }

    /// The next value, which must be of this kind.
    pub fn take(&mut self, tag: Tag) -> Result<Element<'a>, Refusal> {
        self.take_if(tag)?.ok_or(Refusal::Malformed)
    }

    /// The next value if it is of this kind; otherwise nothing is read.
    pub fn take_if(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Refusal> {
        if self.rest.is_finished() {
            return Ok(None);
        }
        match Tag::peek(&self.rest) {
            Ok(next) if next == tag => self.next(),
            Ok(_) => Ok(None),
            Err(_) => Err(Refusal::Malformed),
        }
    }

    /// Nothing may follow.
    pub fn end(self) -> Result<(), Refusal> {
        if self.rest.is_finished() {
            Ok(())
        } else {
            Err(Refusal::Malformed)
        }
    }

    /// All that is left, at most `most` of it.
    pub fn all(mut self, most: usize) -> Result<Vec<Element<'a>>, Refusal> {
        let mut found = Vec::new();
        while let Some(element) = self.next()? {
            if found.len() == most {
                return Err(Refusal::TooLarge);
            }
            found.push(element);
        }
        Ok(found)
    }
}
