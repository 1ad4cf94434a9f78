package org.unplug.export.nbd.internal;

import java.util.concurrent.atomic.AtomicLong;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.Transmission;

/** What a connection has done. Written by whoever has the outbox's turn, read by anybody. */
final class Counters {

    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();

    void add(Operation chain) {
        int ended = 0;
        int failed = 0;
        long read = 0;
        long written = 0;
        for (Operation each = chain; each != null; each = each.next) {
            if (each.last) {
                ended++;
                failed += each.error == NbdError.OK ? 0 : 1;
            }
            if (each.error == NbdError.OK && each.command == Transmission.CMD_READ) {
                read += each.length;
            } else if (each.error == NbdError.OK && each.command == Transmission.CMD_WRITE) {
                written += each.length;
            }
        }
        requests.lazySet(requests.get() + ended);
        if (failed > 0) {
            errors.lazySet(errors.get() + failed);
        }
        bytesRead.lazySet(bytesRead.get() + read);
        bytesWritten.lazySet(bytesWritten.get() + written);
    }

    long requests() {
        return requests.get();
    }

    long errors() {
        return errors.get();
    }

    long bytesRead() {
        return bytesRead.get();
    }

    long bytesWritten() {
        return bytesWritten.get();
    }
}
