/**
 * What keeps a disk busy and remembers: raw requests with stamped sectors ({@link org.unplug.lab.internal.load.RawLoad}),
 * files of known content ({@link org.unplug.lab.internal.load.FileLoad}), and the notes from which their survival is
 * judged. Plain classes over the public API.
 */
package org.unplug.lab.internal.load;
