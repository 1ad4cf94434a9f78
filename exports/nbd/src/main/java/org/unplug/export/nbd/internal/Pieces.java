package org.unplug.export.nbd.internal;

/** A request that is moved in several operations: how many are left, and the first error. Guarded by the outbox. */
final class Pieces {

    private int left;
    private int error;

    Pieces(int count) {
        left = count;
    }

    /** One is done; whether it was the last. */
    boolean done(int pieceError) {
        if (error == 0) {
            error = pieceError;
        }
        left--;
        return left == 0;
    }

    int error() {
        return error;
    }
}
