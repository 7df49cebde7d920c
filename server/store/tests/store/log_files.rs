//! Files of the published log: made once, never written again.

use bytes::Bytes;
use rstest::rstest;
use store::{BlobLocation, Blobs, StoreError, Written};

fn files(folder: Option<&tempfile::TempDir>) -> store::LogFiles {
    let location = match folder {
        Some(folder) => BlobLocation::Directory(folder.path().to_owned()),
        None => BlobLocation::Memory,
    };
    Blobs::open(&location).unwrap().log_files()
}

#[rstest]
#[tokio::test]
async fn a_file_is_created_once_and_stays_as_it_is(#[values(true, false)] on_disk: bool) {
    let folder = on_disk.then(|| tempfile::tempdir().unwrap());
    let files = files(folder.as_ref());
    let (one, other) = (Bytes::from_static(b"one"), Bytes::from_static(b"other"));
    let path = "tile/0/x001/234.p/7";
    assert_eq!(files.read(path).await.unwrap(), None);
    assert_eq!(
        files.create(path, one.clone()).await.unwrap(),
        Written::Created
    );
    assert_eq!(
        files.create(path, one.clone()).await.unwrap(),
        Written::Same
    );
    assert_eq!(
        files.create(path, other.clone()).await.unwrap(),
        Written::Differs
    );
    assert_eq!(files.read(path).await.unwrap(), Some(one));
    files.remove_folder("tile/0/x001/234.p").await.unwrap();
    files.remove_folder("tile/0/x001/234.p").await.unwrap();
    assert_eq!(files.read(path).await.unwrap(), None);
    files.replace("checkpoint", other.clone()).await.unwrap();
    files.replace("checkpoint", other.clone()).await.unwrap();
    assert_eq!(files.read("checkpoint").await.unwrap(), Some(other));
}

#[rstest]
#[case::up("../server.key")]
#[case::up_inside("tile/../../server.key")]
#[case::absolute("/tile/0")]
#[case::empty("")]
#[case::hidden("tile/.git")]
#[case::encoded("tile/%2e%2e/x")]
#[case::backslash("tile\\0")]
#[tokio::test]
async fn no_path_leads_out_of_the_log(#[case] path: &str) {
    let refused = files(None).read(path).await.unwrap_err();
    assert!(matches!(refused, StoreError::Invalid(_)), "{refused:?}");
}
