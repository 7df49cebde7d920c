//! Where the data lives and how much memory the database may use.
//!
//! Left alone, SurrealDB sizes RocksDB by the machine: on 24 GB a 10 GB block cache and eight memtables
//! of 128 MB. The SDK's `connect` reads no setting for that, not even the `SURREAL_ROCKSDB_*` variables
//! (those belong to the `surreal` server program), so [`StoreConfig::engine_settings`] goes to the
//! datastore builder directly. What no setting reaches: RocksDB's table of a million locks for
//! optimistic transactions, 40 MiB from the first moment.

use std::path::PathBuf;

use surrealdb_cnf::ConfigMap;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In this process, gone when it ends. For tests and demonstrations.
    Memory,
    /// In this process, on this folder, which no other process may open.
    RocksDb(PathBuf),
    /// A `surreal` server (`ws://host:port`), shared by several server processes.
    Remote {
        /// `ws://` or `wss://` address.
        url: String,
        /// Root user of that server.
        user: String,
        /// Its password.
        password: String,
    },
}

/// How to open a [`crate::Store`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// Where the database is.
    pub location: Location,
    /// RocksDB's cache of blocks read from disk, MiB. It is a ceiling: an idle server uses little of it.
    pub block_cache_mb: u32,
    /// One RocksDB memtable, MiB; at most [`MEMTABLES`] of them are held.
    pub write_buffer_mb: u32,
}

/// What [`StoreConfig::block_cache_mb`] is unless said otherwise.
pub const BLOCK_CACHE_MB: u32 = 64;

/// How many memtables may be in memory: one being filled, one being flushed.
pub const MEMTABLES: u32 = 2;

const MIB: u64 = 1024 * 1024;

impl StoreConfig {
    /// A database in memory.
    pub fn memory() -> Self {
        Self::at(Location::Memory)
    }

    /// A database on a folder, created if missing.
    pub fn rocksdb(path: impl Into<PathBuf>) -> Self {
        Self::at(Location::RocksDb(path.into()))
    }

    fn at(location: Location) -> Self {
        Self {
            location,
            block_cache_mb: BLOCK_CACHE_MB,
            write_buffer_mb: 8,
        }
    }

    /// Whether nobody else can write to the database while this process has it open.
    pub(crate) fn is_alone(&self) -> bool {
        !matches!(self.location, Location::Remote { .. })
    }

    /// The most that caches and memtables may take together, bytes.
    pub fn engine_memory_bytes_max(&self) -> u64 {
        (u64::from(self.block_cache_mb) + u64::from(self.write_buffer_mb * MEMTABLES)) * MIB
    }

    /// The settings of the embedded engine. `sync = every` is the default of SurrealDB 3.3; it is
    /// spelled out because an acknowledged event must survive the next power cut.
    pub(crate) fn engine_settings(&self) -> ConfigMap {
        let bytes = |mib: u32| (u64::from(mib) * MIB).to_string();
        [
            ("datastore_sync", "every".to_owned()),
            ("rocksdb_block_cache_size", bytes(self.block_cache_mb)),
            ("rocksdb_write_buffer_size", bytes(self.write_buffer_mb)),
            ("rocksdb_max_write_buffer_number", MEMTABLES.to_string()),
            ("rocksdb_min_write_buffer_number_to_merge", "1".to_owned()),
            ("rocksdb_target_file_size_base", bytes(self.write_buffer_mb)),
            ("rocksdb_block_size", (16 * 1024).to_string()),
            ("rocksdb_max_open_files", "256".to_owned()),
            ("rocksdb_wal_size_limit", "64".to_owned()),
            ("rocksdb_keep_log_file_num", "2".to_owned()),
            ("rocksdb_grouped_commit_max_batch_size", "256".to_owned()),
            // An event never changes, but compaction copied it again and again: half of the processor
            // under load. Rows of this size go to files of their own, compaction moves their keys only.
            ("rocksdb_min_blob_size", "512".to_owned()),
            // Only the oldest tenth of those files is searched for what is still alive: most of it is.
            ("rocksdb_blob_gc_age_cutoff", "0.1".to_owned()),
            // Rows whose keys are hashes or times lie all over; merging each few small files with everything
            // below them wrote the whole index again every few seconds. Files of like size are merged with
            // each other instead, four or more at a time.
            ("rocksdb_compaction_style", "universal".to_owned()),
            ("rocksdb_universal_size_ratio", "50".to_owned()),
            ("rocksdb_universal_min_merge_width", "4".to_owned()),
            ("rocksdb_file_compaction_trigger", "8".to_owned()),
            // An index entry that moves leaves a deletion behind, and twenty-five of those among five hundred
            // keys had the whole file merged at once, under load after every single flush.
            ("rocksdb_deletion_factory_window_size", "0".to_owned()),
            ("rocksdb_deletion_factory_delete_count", "0".to_owned()),
            ("rocksdb_deletion_factory_ratio", "0".to_owned()),
            ("rocksdb_level0_slowdown_writes_trigger", "24".to_owned()),
            ("rocksdb_level0_stop_writes_trigger", "40".to_owned()),
            // Left alone it rewrites everything once an hour, also when nothing has changed.
            ("rocksdb_periodic_compaction_seconds", "0".to_owned()),
        ]
        .into_iter()
        .fold(ConfigMap::empty(), |map, (key, value)| {
            map.with_key_value(key, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    /// RocksDB writes down what it was really opened with.
    fn options(folder: &std::path::Path) -> String {
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let newest = files
            .filter(|path| path.to_string_lossy().contains("OPTIONS-"))
            .max()
            .unwrap();
        std::fs::read_to_string(newest).unwrap()
    }

    #[tokio::test]
    async fn the_engine_is_opened_with_our_limits_and_syncs_each_commit() {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig {
            write_buffer_mb: 7,
            ..StoreConfig::rocksdb(folder.path())
        };
        let store = Store::open(&config).await.unwrap();
        let options = options(folder.path());
        let expected = [
            "write_buffer_size=7340032",
            "max_write_buffer_number=2",
            "max_open_files=256",
            "min_blob_size=512",
            "blob_garbage_collection_age_cutoff=0.100000",
            "level0_file_num_compaction_trigger=8",
            "compaction_style=kCompactionStyleUniversal",
            "level0_slowdown_writes_trigger=24",
            "level0_stop_writes_trigger=40",
            // Only set when every commit waits for its own or a shared flush of the log to disk.
            "manual_wal_flush=true",
        ];
        for line in expected {
            assert!(
                options.lines().any(|found| found.trim() == line),
                "{line} is not in\n{options}"
            );
        }
        store.close().await.unwrap();
    }

    #[test]
    fn caches_and_memtables_fit_a_small_server() {
        assert_eq!(StoreConfig::memory().engine_memory_bytes_max(), 80 * MIB);
    }
}
