package org.unplug.nbd;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What an NBD URI names: {@code nbd://host:port/export}, {@code nbd+unix:///export?socket=/path}, the same with
 * {@code nbds} where TLS is required. Source: doc/uri.md of the NetworkBlockDevice project; {@code tls-certificates=DIR} is
 * libnbd's.
 *
 * @param secure TLS is required
 * @param host of TCP; empty for a unix domain socket
 * @param port of TCP, 0 to 65535; 0 lets a server choose
 * @param socket path of the unix domain socket; empty for TCP
 * @param export name, perhaps empty: the server's default export
 * @param certificates directory with PEM files for TLS; empty if the URI names none
 */
public record NbdUri(boolean secure, String host, int port, String socket, String export, String certificates) {

    /** The port that IANA has given to NBD. */
    public static final int DEFAULT_PORT = 10809;

    /**
     * @param text a whole URI
     * @throws IllegalArgumentException if it is none, with one line that says why
     */
    public static NbdUri parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(text + ": is no URI: " + e.getReason(), e);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme();
        boolean secure = scheme.startsWith("nbds");
        Map<String, String> query = query(text, uri.getRawQuery());
        String path = uri.getPath() == null ? "" : uri.getPath();
        String export = path.startsWith("/") ? path.substring(1) : path;
        String certificates = query.getOrDefault("tls-certificates", "");
        switch (scheme) {
            case "nbd", "nbds" -> {
                if (query.containsKey("socket")) {
                    throw new IllegalArgumentException(text + ": a socket goes with " + scheme + "+unix");
                }
                if (uri.getAuthority() != null && uri.getHost() == null) {
                    throw new IllegalArgumentException(text + ": '" + uri.getAuthority() + "' is no host and port");
                }
                String host = uri.getHost() == null ? "localhost" : uri.getHost();
                host = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
                int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
                if (port > 65535) {
                    throw new IllegalArgumentException(text + ": port " + port + " is above 65535");
                }
                return new NbdUri(secure, host, port, "", export, certificates);
            }
            case "nbd+unix", "nbds+unix" -> {
                String socket = query.getOrDefault("socket", "");
                if (socket.isEmpty()) {
                    throw new IllegalArgumentException(text + ": names no socket; say ?socket=/path");
                }
                return new NbdUri(secure, "", 0, socket, export, certificates);
            }
            default ->
                throw new IllegalArgumentException(text + ": must begin with nbd:, nbds:, nbd+unix: or nbds+unix:");
        }
    }

    private static Map<String, String> query(String text, String raw) {
        Map<String, String> values = new HashMap<>();
        if (raw == null) {
            return values;
        }
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException(text + ": '" + pair + "' is no name=value");
            }
            values.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
        }
        return values;
    }

    private static String decode(String raw) {
        // A plus sign is itself in a URI's query, other than in a form.
        return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    public boolean isUnix() {
        return !socket.isEmpty();
    }

    /**
     * Where to connect or listen; resolves the host, which may block.
     *
     * @throws UnknownHostException if there is no such host
     */
    public SocketAddress address() throws UnknownHostException {
        return isUnix() ? UnixDomainSocketAddress.of(socket) : new InetSocketAddress(InetAddress.getByName(host), port);
    }

    /** The same place with another export. */
    public NbdUri withExport(String name) {
        return new NbdUri(secure, host, port, socket, name, certificates);
    }

    /** The same place with another TCP port. */
    public NbdUri withPort(int other) {
        return new NbdUri(secure, host, other, socket, export, certificates);
    }

    /** As it is written. */
    @Override
    public String toString() {
        try {
            String scheme = (secure ? "nbds" : "nbd") + (isUnix() ? "+unix" : "");
            String query = isUnix() ? "socket=" + socket : null;
            if (!certificates.isEmpty()) {
                query = (query == null ? "" : query + "&") + "tls-certificates=" + certificates;
            }
            int shownPort = port == DEFAULT_PORT ? -1 : port;
            return isUnix()
                    ? new URI(scheme, "", "/" + export, query, null).toString()
                    : new URI(scheme, null, host, shownPort, "/" + export, query, null).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("made of parts that were parsed", e);
        }
    }
}
