package org.unplug.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NbdUriTest {

    @ParameterizedTest
    @CsvSource({
        "nbd://example.com, false, example.com, 10809, '', ''",
        "nbd://example.com:1234/disk, false, example.com, 1234, '', disk",
        "nbds://[::1]/a%20b, true, ::1, 10809, '', a b",
        "nbd:///, false, localhost, 10809, '', ''",
        "nbd+unix:///disk?socket=/tmp/nbd.sock, false, '', 0, /tmp/nbd.sock, disk",
        "nbds+unix:///?socket=/tmp/a%20b+c, true, '', 0, /tmp/a b+c, ''"
    })
    void parts_areTakenApart(String text, boolean secure, String host, int port, String socket, String export) {
        NbdUri uri = NbdUri.parse(text);
        assertEquals(new NbdUri(secure, host, port, socket, export, ""), uri);
        assertEquals(uri, NbdUri.parse(uri.toString()), "and put together again: " + uri);
    }

    @Test
    void certificates_areKept() {
        NbdUri uri = NbdUri.parse("nbds://host/x?tls-certificates=/etc/pki");
        assertEquals("/etc/pki", uri.certificates());
        assertEquals(uri, NbdUri.parse(uri.toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://host",
                "host",
                "nbd+unix:///x",
                "nbd://host?socket=/x",
                "nbd://host:99999",
                "nbd://ho st",
                "nbd+unix:///?socket"
            })
    void misuse_isOneLineThatNamesIt(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> NbdUri.parse(text));
        assertTrue(e.getMessage().startsWith(text), e.getMessage());
    }
}
