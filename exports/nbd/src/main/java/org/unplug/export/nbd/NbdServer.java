package org.unplug.export.nbd;

import java.util.List;
import org.unplug.nbd.NbdUri;

/**
 * A server that listens, looked at: a service for as long as it does. What it exports follows the {@code Disk} services that
 * its configuration's filter matches. Any thread may call; nothing blocks.
 */
public interface NbdServer {

    /** Service property: the URI that it listens at, a String. */
    String URI = "nbd.uri";
    /** Service property: the PID of the configuration that it is there by, a String. */
    String CONFIGURATION = "nbd.configuration";

    /** Where it listens, with the port that was chosen and no export. */
    NbdUri uri();

    /** What it offers now, by name. */
    List<ExportInfo> exports();

    /** Who is connected now, in the order they came. */
    List<SessionInfo> sessions();

    /**
     * A disk on offer.
     *
     * @param name that clients ask for
     * @param disk the disk's name
     * @param bytes its size, as a client that comes now would see it
     * @param readOnly writes are refused
     * @param clients sessions that have it open
     */
    record ExportInfo(String name, String disk, long bytes, boolean readOnly, int clients) {}

    /**
     * A connection, from accept to close.
     *
     * @param number unique in this server, ascending
     * @param peer the client's address, or "unix"
     * @param export what it has open; empty during the handshake
     * @param state HANDSHAKE, TRANSMISSION, ENDING or CLOSED
     * @param secure whether TLS is on
     * @param replies "simple", "structured" or "extended"; empty during the handshake
     * @param requests answered so far
     * @param errors how many of those with an error
     * @param bytesRead of the disk, sent
     * @param bytesWritten to the disk, received and answered
     * @param inFlight requests and parts of such that are under way
     */
    record SessionInfo(
            long number,
            String peer,
            String export,
            String state,
            boolean secure,
            String replies,
            long requests,
            long errors,
            long bytesRead,
            long bytesWritten,
            int inFlight) {}
}
