/**
 * What tests of the block layer, and of drivers and holders over it, share: a block layer on a flat class path
 * ({@link org.unplug.block.testing.FlatBlockLayer}), virtual time ({@link org.unplug.block.testing.VirtualClockwork}) the
 * contract that every driver passes ({@link org.unplug.block.testing.DiskDriverContract}), and the removal tests that every bus core
 * passes ({@link org.unplug.block.testing.AdapterRemovalContract}).
 */
package org.unplug.block.testing;
