/**
 * A bounded write-back cache of a disk's pages. Start reading at {@link org.unplug.fs.internal.pagecache.PageCache}; {@code
 * PageTable} says which pages there are, {@code Reading} and {@code Editing} bring bytes out and in, {@code Transfer} moves them, {@code WriteBack} chooses what is written when.
 */
package org.unplug.fs.internal.pagecache;
