package org.unplug.nbd;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Certificates in a directory of PEM files, named as nbdkit, libnbd and qemu name them: {@code ca-cert.pem} with whom to
 * trust, {@code server-cert.pem} and {@code server-key.pem}, {@code client-cert.pem} and {@code client-key.pem}. Keys are
 * PKCS #8 ("BEGIN PRIVATE KEY") without a password.
 */
public final class TlsFiles {

    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "Ed25519");
    private static final String BEGIN_KEY = "-----BEGIN PRIVATE KEY-----";
    private static final String END_KEY = "-----END PRIVATE KEY-----";
    private static final char[] NO_PASSWORD = new char[0];

    private TlsFiles() {}

    /** @throws IOException if a file is missing or makes no sense; the message names it */
    public static SSLContext server(Path directory) throws IOException {
        return context(directory, "server");
    }

    /** @throws IOException if a file is missing or makes no sense; the message names it */
    public static SSLContext client(Path directory) throws IOException {
        return context(directory, "client");
    }

    private static SSLContext context(Path directory, String role) throws IOException {
        try {
            KeyStore own = empty();
            own.setKeyEntry(
                    role,
                    key(directory.resolve(role + "-key.pem")),
                    NO_PASSWORD,
                    certificates(directory.resolve(role + "-cert.pem")).toArray(new Certificate[0]));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, NO_PASSWORD);
            KeyStore trusted = empty();
            int number = 0;
            for (Certificate authority : certificates(directory.resolve("ca-cert.pem"))) {
                trusted.setCertificateEntry("ca" + number++, authority);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS certificates in " + directory + ": " + e.getMessage(), e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws GeneralSecurityException, IOException {
        Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
        if (found.isEmpty()) {
            throw new IOException(file + ": holds no certificate");
        }
        return found;
    }

    private static PrivateKey key(Path file) throws IOException {
        String text = Files.readString(file);
        int begin = text.indexOf(BEGIN_KEY);
        int end = text.indexOf(END_KEY);
        if (begin < 0 || end < begin) {
            throw new IOException(file + ": holds no unencrypted PKCS #8 key (" + BEGIN_KEY + ")");
        }
        byte[] encoded = Base64.getMimeDecoder()
                .decode(text.substring(begin + BEGIN_KEY.length(), end).strip());
        GeneralSecurityException last = null;
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException notOfThisKind) {
                last = notOfThisKind;
            }
        }
        throw new IOException(file + ": is none of " + String.join(", ", KEY_ALGORITHMS), last);
    }
}
