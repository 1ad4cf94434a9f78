package org.unplug.fs;

/**
 * How much a file system holds.
 *
 * @param totalBytes what files and directories can take
 * @param freeBytes what is not taken
 * @param unitBytes the allocation unit
 */
public record Space(long totalBytes, long freeBytes, int unitBytes) {

    public long usedBytes() {
        return totalBytes - freeBytes;
    }
}
