/**
 * exFAT, after the specification that Microsoft published in 2019. Start reading at {@link org.unplug.fs.internal.exfat.Exfat}; the
 * tree, the files and the order of writes are those of {@link org.unplug.fs.internal.cluster}.
 */
package org.unplug.fs.internal.exfat;
