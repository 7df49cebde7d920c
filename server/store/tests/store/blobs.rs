//! Bytes under the name of their hash.

use std::path::Path;

use bytes::Bytes;
use rstest::rstest;
use sha2::{Digest, Sha256};
use store::{AppendOutcome, BlobLocation, Blobs, PutOutcome, StoreError};
use tempfile::TempDir;

use crate::s3;

#[derive(Debug, Clone, Copy)]
enum Place {
    Memory,
    Directory,
    Bucket,
}

fn open(place: Place) -> (Blobs, TempDir) {
    let folder = TempDir::new().unwrap();
    let location = match place {
        Place::Memory => BlobLocation::Memory,
        Place::Directory => BlobLocation::Directory(folder.path().join("evidence")),
        Place::Bucket => s3::start(),
    };
    (Blobs::open(&location).unwrap(), folder)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn photo(size: usize) -> (String, Bytes) {
    let bytes: Vec<u8> = (0..size).map(|i| (i * 31 % 251) as u8).collect();
    (hash(&bytes), bytes.into())
}

#[rstest]
#[tokio::test]
async fn a_photo_is_kept_once_under_its_hash(
    #[values(Place::Memory, Place::Directory, Place::Bucket)] place: Place,
) {
    let (blobs, _folder) = open(place);
    let (name, bytes) = photo(100_000);
    assert_eq!(
        (
            blobs.stat(&name).await.unwrap(),
            blobs.get(&name).await.unwrap()
        ),
        (None, None)
    );
    assert_eq!(blobs.is_intact(&name).await.unwrap(), None);
    assert_eq!(
        blobs.put(&name, bytes.clone()).await.unwrap(),
        PutOutcome::Stored
    );
    assert_eq!(
        blobs.put(&name, bytes.clone()).await.unwrap(),
        PutOutcome::AlreadyThere
    );
    assert_eq!(blobs.stat(&name).await.unwrap(), Some(100_000));
    assert_eq!(blobs.get(&name).await.unwrap(), Some(bytes));
    assert_eq!(blobs.is_intact(&name).await.unwrap(), Some(true));
}

#[tokio::test]
async fn the_folder_is_laid_out_by_hash_and_a_changed_file_is_noticed() {
    let (blobs, folder) = open(Place::Directory);
    let (name, bytes) = photo(1000);
    blobs.put(&name, bytes.clone()).await.unwrap();
    let file = folder
        .path()
        .join("evidence")
        .join(&name[..2])
        .join(&name[2..4])
        .join(&name);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    std::fs::write(&file, "forged").unwrap();
    assert_eq!(blobs.is_intact(&name).await.unwrap(), Some(false));
}

#[rstest]
#[tokio::test]
async fn bytes_with_another_hash_are_set_aside_with_the_reason(
    #[values(Place::Memory, Place::Directory, Place::Bucket)] place: Place,
) {
    let (blobs, folder) = open(place);
    let (name, _) = photo(1000);
    let forged = Bytes::from_static(b"forged");
    let found = hash(&forged);
    assert_eq!(
        blobs.put(&name, forged.clone()).await.unwrap(),
        PutOutcome::WrongHash {
            found: found.clone()
        }
    );
    assert_eq!(blobs.stat(&name).await.unwrap(), None);
    assert_eq!(blobs.stat(&found).await.unwrap(), None);
    blobs
        .set_aside(&name, Bytes::from_static(b"a text"), "not_a_photo")
        .await
        .unwrap();
    if matches!(place, Place::Directory) {
        let aside = folder.path().join("evidence/aside").join(&name);
        assert_eq!(std::fs::read(aside.join(&found)).unwrap(), forged);
        assert_eq!(
            std::fs::read_to_string(aside.join(found + ".reason")).unwrap(),
            "wrong_hash"
        );
        let reason = aside.join(hash(b"a text") + ".reason");
        assert_eq!(std::fs::read_to_string(reason).unwrap(), "not_a_photo");
    }
}

#[rstest]
#[tokio::test]
async fn an_upload_goes_on_where_it_stopped(
    #[values(Place::Memory, Place::Directory, Place::Bucket)] place: Place,
) {
    let (blobs, _folder) = open(place);
    let (name, bytes) = photo(2500);
    assert_eq!(blobs.offset(&name).await.unwrap(), None);
    let append = async |begin: usize, end: usize| {
        blobs
            .append(&name, begin as u64, bytes.slice(begin..end))
            .await
            .unwrap()
    };
    assert_eq!(
        append(0, 1000).await,
        AppendOutcome::Appended { offset: 1000 }
    );
    assert_eq!(
        append(0, 1000).await,
        AppendOutcome::WrongOffset { offset: 1000 }
    );
    assert_eq!(
        append(1500, 2000).await,
        AppendOutcome::WrongOffset { offset: 1000 }
    );
    assert_eq!(
        append(1000, 1000).await,
        AppendOutcome::Appended { offset: 1000 }
    );
    assert_eq!(
        append(1000, 2400).await,
        AppendOutcome::Appended { offset: 2400 }
    );
    assert_eq!(blobs.offset(&name).await.unwrap(), Some(2400));
    assert_eq!(blobs.stat(&name).await.unwrap(), None);
    assert_eq!(
        append(2400, 2500).await,
        AppendOutcome::Appended { offset: 2500 }
    );
    assert_eq!(blobs.assembled(&name).await.unwrap(), Some(bytes));
    assert_eq!(blobs.stat(&name).await.unwrap(), None, "not yet a photo");
}

#[rstest]
#[tokio::test]
async fn pieces_that_were_discarded_are_gone_and_the_upload_can_be_started_again(
    #[values(Place::Memory, Place::Directory, Place::Bucket)] place: Place,
) {
    let (blobs, _folder) = open(place);
    let (name, bytes) = photo(300);
    assert_eq!(blobs.assembled(&name).await.unwrap(), None);
    blobs.append(&name, 0, bytes.slice(0..100)).await.unwrap();
    for _ in 0..2 {
        blobs.discard_pieces(&name).await.unwrap();
        assert_eq!(blobs.offset(&name).await.unwrap(), None);
        assert_eq!(blobs.assembled(&name).await.unwrap(), None);
    }
    blobs.append(&name, 0, bytes.clone()).await.unwrap();
    assert_eq!(blobs.assembled(&name).await.unwrap(), Some(bytes));
}

#[tokio::test]
async fn an_unfinished_upload_survives_a_restart() {
    let (blobs, folder) = open(Place::Directory);
    let (name, bytes) = photo(300);
    blobs.append(&name, 0, bytes.slice(0..100)).await.unwrap();
    drop(blobs);
    let again = Blobs::open(&BlobLocation::Directory(folder.path().join("evidence"))).unwrap();
    assert_eq!(again.offset(&name).await.unwrap(), Some(100));
    again.append(&name, 100, bytes.slice(100..)).await.unwrap();
    assert_eq!(again.assembled(&name).await.unwrap(), Some(bytes));
}

#[rstest]
#[tokio::test]
async fn many_sending_the_same_piece_and_photo_at_once_end_with_one(
    #[values(Place::Memory, Place::Directory, Place::Bucket)] place: Place,
) {
    let (blobs, _folder) = open(place);
    let (name, bytes) = photo(5000);
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let (blobs, name, bytes) = (blobs.clone(), name.clone(), bytes.clone());
            tokio::spawn(async move {
                let piece = blobs.append(&name, 0, bytes.slice(0..100)).await.unwrap();
                (piece, blobs.put(&name, bytes).await.unwrap())
            })
        })
        .collect();
    let mut appended = 0;
    for sender in senders {
        let (piece, put) = sender.await.unwrap();
        appended += usize::from(matches!(piece, AppendOutcome::Appended { .. }));
        assert!(
            matches!(put, PutOutcome::Stored | PutOutcome::AlreadyThere),
            "{put:?}"
        );
    }
    assert_eq!(appended, 1);
    assert_eq!(blobs.get(&name).await.unwrap(), Some(bytes));
}

#[tokio::test]
async fn thumbnails_lie_beside_the_photo() {
    let (blobs, _folder) = open(Place::Directory);
    let (name, _) = photo(10);
    assert_eq!(blobs.derived(&name, "thumbnail").await.unwrap(), None);
    for version in ["one", "two"] {
        blobs
            .put_derived(&name, "thumbnail", Bytes::from(version))
            .await
            .unwrap();
        assert_eq!(
            blobs.derived(&name, "thumbnail").await.unwrap(),
            Some(Bytes::from(version))
        );
    }
    assert_eq!(blobs.stat(&name).await.unwrap(), None);
}

#[rstest]
#[case::path("../../etc/passwd")]
#[case::short("abcd")]
#[case::capitals(&"AB".repeat(32))]
#[case::empty("")]
#[tokio::test]
async fn what_is_no_hash_is_no_name(#[case] name: &str) {
    let (blobs, folder) = open(Place::Directory);
    let refused = [
        blobs.put(name, Bytes::new()).await.err(),
        blobs.append(name, 0, Bytes::new()).await.err(),
        blobs.set_aside(name, Bytes::new(), "x").await.err(),
        blobs
            .put_derived(name, "thumbnail", Bytes::new())
            .await
            .err(),
        blobs.get(name).await.err(),
        blobs.assembled(name).await.err(),
        blobs.discard_pieces(name).await.err(),
    ];
    assert!(
        refused
            .iter()
            .all(|error| matches!(error, Some(StoreError::Invalid(_)))),
        "{refused:?}"
    );
    assert_eq!(entries(&folder.path().join("evidence")), 0);
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}
