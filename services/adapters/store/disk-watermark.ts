/** Stops the embedded store before its disk is full: on one that is full to the last byte even deleting fails (ops 2.3). */
import { statfsSync } from "node:fs";
import { StoreError } from "../../ports.ts";

/** Free space an insert must leave: 1 GB, or 5 % of a disk smaller than 20 GB (ops 5, R12). */
const FREE_BYTES_MIN = 1_000_000_000;
const FREE_SHARE_MIN = 0.05;

/** What is kept free on a disk of this size, bytes. */
export function freeBytesKept(diskBytes: number): number {
  return Math.min(FREE_BYTES_MIN, diskBytes * FREE_SHARE_MIN);
}

/** Sizes of a file system, as `statfs` gives them. */
export interface DiskSizes {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
}

/**
 * Asked before every insert. Throws a transient `StoreError` with ClickHouse's own code for it (243), which says what to do, when
 * the disk of `dataDir` has less left than `freeBytesMin`, or than `freeBytesKept` of its size where that is null.
 */
export function refuseNearlyFullDisk(
  dataDir: string,
  freeBytesMin: number | null,
  statfs: (path: string) => DiskSizes = statfsSync,
): void {
  const disk = statfs(dataDir);
  const freeBytes = disk.bavail * disk.bsize;
  const least = freeBytesMin ?? freeBytesKept(disk.blocks * disk.bsize);
  if (freeBytes >= least) return;
  throw new StoreError(
    `the disk of ${dataDir} has ${Math.round(freeBytes / 1e6)} MB left, ${Math.round(least / 1e6)} MB are kept free: make room, recording goes on by itself`,
    243,
    true,
  );
}
