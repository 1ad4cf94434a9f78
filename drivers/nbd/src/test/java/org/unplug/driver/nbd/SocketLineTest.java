package org.unplug.driver.nbd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.nbd.NbdUri;

@Timeout(60)
class SocketLineTest {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    @TempDir
    Path directory;

    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(directory.resolve("s")), 200);
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    private Line ready() throws IOException {
        Line line = new SocketLine(NbdUri.parse("nbd+unix:///x?socket=" + directory.resolve("s")));
        line.connect();
        line.unblock();
        return line;
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(DESCRIPTORS)) {
            return open.count();
        }
    }

    @Test
    void lineThatNobodyHasReadFrom_leavesNoDescriptor() throws IOException {
        assumeTrue(Files.isDirectory(DESCRIPTORS), "skipped: no " + DESCRIPTORS);
        ready().close();
        long before = descriptors();
        for (int i = 0; i < 50; i++) {
            ready().close();
        }
        long after = descriptors();
        assertTrue(after < before + 40, before + " descriptors before, " + after + " after");
    }

    @Test
    void closedLine_isNotWaitedFor_andClosesAgain() throws IOException {
        Line line = ready();
        line.wake();
        line.await(false, 60_000);
        line.close();
        assertThrows(EOFException.class, () -> line.await(true, 60_000));
        line.wake();
        line.close();
    }
}
