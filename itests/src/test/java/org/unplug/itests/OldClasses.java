package org.unplug.itests;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.ref.WeakReference;
import java.lang.runtime.ObjectMethods;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** The class loader that a bundle has now, to show later that nothing keeps it. Keeps nothing of it itself. */
final class OldClasses {

    private record Link(Link next) {}

    private final WeakReference<ClassLoader> loader;

    private OldClasses(ClassLoader loader) {
        this.loader = new WeakReference<>(loader);
    }

    static OldClasses of(Bundle bundle) {
        return new OldClasses(bundle.adapt(BundleWiring.class).getClassLoader());
    }

    void assertCollected(String whose) {
        Await.until("the old class loader of " + whose + " is collected", () -> {
            linkAnotherRecord();
            System.gc();
            return loader.get() == null;
        });
    }

    /**
     * The JDK keeps the types of the record whose equals and hashCode it linked last, until it links another's: the one-entry
     * caches of MethodHandle.asType, held strongly up to JDK 17 and softly since (JDK-8078641). That record may be of the very
     * bundle in question. A type of the JDK's own would not do: it has another entry.
     */
    private static void linkAnotherRecord() throws Exception {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        MethodHandle getter = lookup.findGetter(Link.class, "next", Link.class);
        for (String method : new String[] {"equals", "hashCode"}) {
            try {
                ObjectMethods.bootstrap(lookup, method, MethodHandle.class, Link.class, "next", getter);
            } catch (Throwable e) {
                throw new AssertionError("cannot link " + method + " of a record", e);
            }
        }
    }
}
