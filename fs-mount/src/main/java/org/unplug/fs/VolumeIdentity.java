package org.unplug.fs;

/**
 * What a volume says of itself, without being mounted.
 *
 * @param type its variant, as "fat32"
 * @param label or empty
 * @param uuid its serial number as people write it, as "1234-ABCD"; or empty
 */
public record VolumeIdentity(String type, String label, String uuid) {}
