/**
 * A mount as a java.nio.file.FileSystem. Start reading at {@link org.unplug.fs.internal.nio.MountProvider}; each of its operations
 * passes the mount's {@link org.unplug.fs.internal.nio.Lifeline} and ends in the super block.
 */
package org.unplug.fs.internal.nio;
