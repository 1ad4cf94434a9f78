package org.unplug.itests;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Something done on a thread of its own while the test goes on.
 *
 * @param <T> what it results in
 */
final class Bystander<T> {

    private final Thread thread;
    private final CompletableFuture<T> outcome = new CompletableFuture<>();

    private Bystander(String name, Callable<T> task) {
        thread = new Thread(
                () -> {
                    try {
                        outcome.complete(task.call());
                    } catch (Throwable t) {
                        outcome.completeExceptionally(t);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    static <T> Bystander<T> does(String name, Callable<T> task) {
        return new Bystander<>(name, task);
    }

    Thread thread() {
        return thread;
    }

    boolean isDone() {
        return outcome.isDone();
    }

    /** What came out, or what was thrown. */
    T get() throws Exception {
        try {
            return outcome.get(Await.BOUND_MS * 3, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        } catch (TimeoutException e) {
            AssertionError stuck = new AssertionError(thread.getName() + " hangs");
            stuck.setStackTrace(thread.getStackTrace());
            throw stuck;
        }
    }
}
