package org.unplug.scsi.target;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An initiator's port as a target knows it while they are joined: an I_T nexus (SAM-5, 4.9.5). Made by {@link Target#join}; good until
 * {@link Target#leave}. Persistent registrations belong to the port's name, so they outlive the nexus.
 */
public final class Nexus {

    private static final int ISCSI_WITH_SESSION = 0x45;

    private final Target target;
    private final String initiatorPort;

    Nexus(Target target, String initiatorPort) {
        this.target = target;
        this.initiatorPort = initiatorPort;
    }

    /** The target that it leads to. */
    public Target target() {
        return target;
    }

    /** The initiator port's name, unique among those that are joined; for iSCSI {@code name,i,0xISID}. */
    public String initiatorPort() {
        return initiatorPort;
    }

    /** The port as PERSISTENT RESERVE IN tells it: a TransportID in the iSCSI format (SPC-4, 7.6.4.6), padded with zeroes. */
    static byte[] transportId(String initiatorPort) {
        byte[] name = initiatorPort.getBytes(StandardCharsets.UTF_8);
        int length = Math.max(20, name.length + 1 + 3 & ~3);
        byte[] id = Arrays.copyOf(new byte[] {ISCSI_WITH_SESSION, 0, (byte) (length >>> 8), (byte) length}, 4 + length);
        System.arraycopy(name, 0, id, 4, name.length);
        return id;
    }

    @Override
    public String toString() {
        return initiatorPort + " at " + target.name();
    }
}
