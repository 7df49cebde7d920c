//! The bundle's container: a ZIP archive that every unpacker reads, in a form so narrow that the
//! same files always make the same bytes. Nothing is compressed, so nothing can swell; names ascend,
//! so none stands twice; all else is constant, so that no bit of an archive is without meaning.
//! Reading compares with what writing would have made. What the files are is [`crate::place`]'s
//! business, whether they belong together [`crate::manifest`]'s.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::place::Place;

/// Largest bundle, bytes: far above any work order, far below what breaks a browser.
pub const BUNDLE_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Most files in a bundle.
pub const FILES_MAX: usize = 20_000;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Version 2.0, UTF-8 names, stored, 1980-01-01 00:00.
const CONSTANT: [u8; 10] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
const LOCAL_BYTES: usize = 30;
/// A regular file that everybody may read.
const UNIX_MODE: u32 = 0o100_644 << 16;

/// A file as the archive lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub size: u32,
    pub crc32: u32,
}

impl Part {
    /// The part these bytes are; none if they are more than an archive can hold.
    pub fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        Some(Self {
            name: name.to_owned(),
            size: u32::try_from(bytes.len()).ok()?,
            crc32: crc32fast::hash(bytes),
        })
    }

    /// What stands before the file's bytes.
    pub fn local_header(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(LOCAL_BYTES + self.name.len());
        header.extend(LOCAL);
        self.common(&mut header);
        header.extend([0, 0]);
        header.extend(self.name.as_bytes());
        header
    }

    fn common(&self, header: &mut Vec<u8>) {
        header.extend(CONSTANT);
        header.extend(self.crc32.to_le_bytes());
        header.extend(self.size.to_le_bytes());
        header.extend(self.size.to_le_bytes());
        header.extend((self.name.len() as u16).to_le_bytes());
    }

    fn directory_entry(&self, offset: u32, directory: &mut Vec<u8>) {
        directory.extend(*b"PK\x01\x02\x14\x03");
        self.common(directory);
        // No extra field, no comment, first disk, no internal attributes.
        directory.extend([0; 8]);
        directory.extend(UNIX_MODE.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(self.name.as_bytes());
    }
}

/// What stands after the last file.
pub fn directory(parts: &[Part]) -> Vec<u8> {
    let mut directory = Vec::new();
    let mut offset = 0_u32;
    for part in parts {
        part.directory_entry(offset, &mut directory);
        offset = offset.wrapping_add((LOCAL_BYTES + part.name.len()) as u32 + part.size);
    }
    let size = directory.len() as u32;
    directory.extend(*b"PK\x05\x06\0\0\0\0");
    for count in [parts.len() as u16; 2] {
        directory.extend(count.to_le_bytes());
    }
    directory.extend(size.to_le_bytes());
    directory.extend(offset.to_le_bytes());
    directory.extend([0, 0]);
    directory
}

/// The archive of these files, in memory. The server streams large ones itself, by the same parts.
pub fn write(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let parts: Vec<Part> = files
        .iter()
        .filter_map(|(name, bytes)| Part::of(name, bytes))
        .collect();
    let mut archive = Vec::new();
    for (part, bytes) in parts.iter().zip(files.values()) {
        archive.extend(part.local_header());
        archive.extend(bytes);
    }
    archive.extend(directory(&parts));
    archive
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File<'a> {
    pub place: Place,
    pub name: &'a str,
    pub bytes: &'a [u8],
    /// The archive's own checksum fits.
    pub is_intact: bool,
}

/// Why bytes are not the container of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadContainer {
    /// Not an archive, or cut off at its very beginning.
    NotAnArchive,
    TooLarge,
    TooManyFiles,
    /// This file's name is no place in a bundle.
    UnknownName(String),
    /// Twice, or not in its place in the order of names.
    OutOfOrder(String),
    /// Compressed, dated, linked, cut off or otherwise not as the server writes it.
    OtherForm(String),
    /// The list of files at the end is not that of the files.
    BadDirectory,
}

/// The files of an archive in this form, borrowed from it.
pub fn read(archive: &[u8]) -> Result<Vec<File<'_>>, BadContainer> {
    if archive.len() > BUNDLE_BYTES_MAX {
        return Err(BadContainer::TooLarge);
    }
    if !archive.starts_with(&LOCAL) {
        return Err(BadContainer::NotAnArchive);
    }
    let mut files: Vec<File> = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = archive;
    while rest.starts_with(&LOCAL) {
        if files.len() == FILES_MAX {
            return Err(BadContainer::TooManyFiles);
        }
        let (file, part, after) = next(rest)?;
        if files.last().is_some_and(|before| before.name >= file.name) {
            return Err(BadContainer::OutOfOrder(part.name));
        }
        files.push(file);
        parts.push(part);
        rest = after;
    }
    if rest == directory(&parts) {
        Ok(files)
    } else {
        Err(BadContainer::BadDirectory)
    }
}

fn next(archive: &[u8]) -> Result<(File<'_>, Part, &[u8]), BadContainer> {
    let cut_off = || BadContainer::OtherForm(String::new());
    let header = archive.get(..LOCAL_BYTES).ok_or_else(cut_off)?;
    let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|more| header[at + more]));
    let (crc32, size) = (number(14), number(18));
    let name_end = LOCAL_BYTES + usize::from(u16::from_le_bytes([header[26], header[27]]));
    let name = archive.get(LOCAL_BYTES..name_end).ok_or_else(cut_off)?;
    let unknown = || BadContainer::UnknownName(String::from_utf8_lossy(name).into_owned());
    let name = std::str::from_utf8(name).map_err(|_| unknown())?;
    let place = name.parse().map_err(|_| unknown())?;
    let part = Part {
        name: name.to_owned(),
        size,
        crc32,
    };
    let other_form = || BadContainer::OtherForm(name.to_owned());
    if archive[..name_end] != part.local_header() {
        return Err(other_form());
    }
    let end = name_end.checked_add(size as usize).ok_or_else(other_form)?;
    let bytes = archive.get(name_end..end).ok_or_else(other_form)?;
    let is_intact = crc32fast::hash(bytes) == crc32;
    let file = File {
        place,
        name,
        bytes,
        is_intact,
    };
    Ok((file, part, &archive[end..]))
}
