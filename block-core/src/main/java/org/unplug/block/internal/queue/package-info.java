/**
 * The request path: {@link org.unplug.block.internal.queue.RequestQueue} takes bios through gate, tags and driver;
 * {@link org.unplug.block.internal.queue.Submission} keeps each thread's part of it flat.
 */
package org.unplug.block.internal.queue;
