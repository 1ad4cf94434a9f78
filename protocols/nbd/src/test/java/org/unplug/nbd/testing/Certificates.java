package org.unplug.nbd.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Authorities and certificates for tests, made by openssl, in files named as nbdkit and libnbd name them. Two days long. */
public final class Certificates {

    private static final List<String> ELLIPTIC =
            List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes");

    private final Path directory;

    private Certificates(Path directory) {
        this.directory = directory;
    }

    /** Whether there is an openssl to make them. */
    public static boolean canBeMade() {
        return List.of(System.getenv("PATH").split(":", -1)).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "openssl")));
    }

    /** An authority, and a server's and a client's certificate from it, for {@code localhost}. */
    public static Certificates in(Path directory) throws IOException, InterruptedException {
        Certificates made = new Certificates(directory);
        made.authority("ca");
        made.certificate("server", "ca", directory);
        made.certificate("client", "ca", directory);
        return made;
    }

    /** A directory that trusts the same authority, with a client's certificate from another one. */
    public Path withForeignClient() throws IOException, InterruptedException {
        authority("other");
        Path foreign = Files.createTempDirectory(directory, "foreign");
        Files.copy(directory.resolve("ca-cert.pem"), foreign.resolve("ca-cert.pem"));
        certificate("client", "other", foreign);
        return foreign;
    }

    private void authority(String name) throws IOException, InterruptedException {
        openssl(
                List.of("req", "-x509", "-days", "2", "-subj", "/CN=" + name),
                ELLIPTIC,
                List.of("-keyout", path(name + "-authority-key.pem"), "-out", path(name + "-cert.pem")));
    }

    private void certificate(String role, String authority, Path into) throws IOException, InterruptedException {
        String base = into.resolve(role).toString();
        Path extensions = Files.writeString(
                Path.of(base + ".ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
        openssl(
                List.of("req", "-subj", "/CN=" + role),
                ELLIPTIC,
                List.of("-keyout", base + "-key.pem", "-out", base + ".csr"));
        openssl(
                List.of("x509", "-req", "-days", "2", "-CAcreateserial", "-extfile", extensions.toString()),
                List.of("-CA", path(authority + "-cert.pem"), "-CAkey", path(authority + "-authority-key.pem")),
                List.of("-in", base + ".csr", "-out", base + "-cert.pem"));
    }

    private String path(String file) {
        return directory.resolve(file).toString();
    }

    private static void openssl(List<String> first, List<String> second, List<String> third)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        List.of(first, second, third).forEach(command::addAll);
        Path output = Files.createTempFile("openssl", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + ": " + Files.readString(output));
            }
        } finally {
            Files.delete(output);
        }
    }
}
