package org.unplug.fs;

/**
 * What a page cache holds, or all of them together: a glimpse.
 *
 * @param bytes of pages that it has
 * @param dirtyBytes of pages among them that are not on their disk yet, or not wholly
 * @param limitBytes how much it may have; what one operation changes, and the first MiB of each mount, may come on top of the limit of all
 */
public record CacheUse(long bytes, long dirtyBytes, long limitBytes) {}
