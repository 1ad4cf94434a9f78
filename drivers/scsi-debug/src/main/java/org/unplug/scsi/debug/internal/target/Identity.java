package org.unplug.scsi.debug.internal.target;

/**
 * What a unit calls itself.
 *
 * @param serial page 80h
 * @param naa the 64 bit name of page 83h
 * @param removable its medium can be taken out
 */
public record Identity(String serial, long naa, boolean removable) {

    static final String VENDOR = "Unplug";
    static final String PRODUCT = "scsi-debug";
    static final String REVISION = "0100";
}
