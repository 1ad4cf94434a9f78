package org.unplug.driver.nbd;

import javax.net.ssl.SSLContext;
import org.unplug.nbd.NbdUri;

/**
 * How a disk is attached.
 *
 * @param uri of server and export
 * @param tls what to prove and whom to trust; null without TLS
 * @param connections how many, where the server allows several
 * @param readOnly whether to refuse writes although the server does not
 * @param connectMs within which a connection must be ready
 * @param deadAfterMs how long the disk outlives its last connection; 0: not at all
 * @param requestMs after which a request that is not answered is given up, and its connection with it
 */
record Settings(
        NbdUri uri,
        SSLContext tls,
        int connections,
        boolean readOnly,
        long connectMs,
        long deadAfterMs,
        long requestMs) {

    static final int MOST_CONNECTIONS = 16;

    Settings {
        if (connections < 1 || connections > MOST_CONNECTIONS) {
            throw new IllegalArgumentException(connections + " connections: must be 1 to " + MOST_CONNECTIONS);
        }
        if (connectMs < 1 || deadAfterMs < 0 || requestMs < 1) {
            throw new IllegalArgumentException("times must be positive: connect " + connectMs + " ms, dead after "
                    + deadAfterMs + " ms, request " + requestMs + " ms");
        }
        if (uri.secure() && tls == null) {
            throw new IllegalArgumentException(uri + ": needs certificates; add ?tls-certificates=DIR");
        }
    }

    static Settings of(NbdUri uri) {
        return of(uri, null);
    }

    static Settings of(NbdUri uri, SSLContext tls) {
        return new Settings(uri, tls, 1, false, 10_000, 0, 30_000);
    }

    Settings withConnections(int count) {
        return new Settings(uri, tls, count, readOnly, connectMs, deadAfterMs, requestMs);
    }

    Settings withDeadAfterMs(long ms) {
        return new Settings(uri, tls, connections, readOnly, connectMs, ms, requestMs);
    }

    Settings withRequestMs(long ms) {
        return new Settings(uri, tls, connections, readOnly, connectMs, deadAfterMs, ms);
    }
}
