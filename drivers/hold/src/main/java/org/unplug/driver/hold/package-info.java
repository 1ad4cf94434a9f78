/**
 * A disk over a disk that may go and come back while requests wait: {@code hold}, as FreeBSD's gmountver. When the lower disk
 * dies, requests wait; if the same medium comes back in time they go on, and nobody above has seen an error. Anything else is
 * refused, and when the time is up the disk above becomes an orphan.
 *
 * <p>"The same medium" has two parts: its {@linkplain org.unplug.block.stack.Identity identity} is equal, and its content is what
 * was left there ({@link org.unplug.driver.hold.Generation}).
 *
 * <p>Options: {@code waitMs} (default 30000), {@code redoBytes} (writes that are kept until they are flushed, default 16 MiB),
 * {@code holdOrderly} (also wait when the lower disk is removed in order, as when its driver's bundle is updated; default false: an
 * eject is passed up).
 */
package org.unplug.driver.hold;
