/**
 * What file systems of clusters share: {@link org.unplug.fs.internal.cluster.Tree} is the super block, with nodes, directories,
 * files and their locks; {@link org.unplug.fs.internal.cluster.Commit} says in which order changes reach the disk; {@link
 * org.unplug.fs.internal.cluster.Clusters} allocates. What differs stands behind {@link
 * org.unplug.fs.internal.cluster.Dialect}.
 */
package org.unplug.fs.internal.cluster;
