package org.unplug.whiteboard;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;

/**
 * Attaches every service of a type and detaches it again, with the guarantee that a driver relies on: <b>when the
 * unregistration of its service returns, the detaching of that service has run to its end</b>, on the unregistering thread,
 * whichever thread attached it and however the two met.
 *
 * <p>A declarative reference cannot promise that (after {@code ds.lock.timeout.milliseconds} the component runtime tears the
 * provider down regardless), nor can a ServiceTracker (a service that goes while it is being added is removed later, on the
 * adding thread). Here each service has an entry with a monitor: attaching runs under it, and detaching takes it first, so
 * that it never overtakes; attaching therefore must be quick. A service that goes before it was attached is never attached.
 *
 * @param <S> the service type
 * @param <A> what is attached for each
 */
public final class Whiteboard<S, A> implements AutoCloseable {

    /**
     * What to do for a service.
     *
     * @param <S> the service type
     * @param <A> what is attached for each
     */
    public interface Bus<S, A> {
        /**
         * A service was found. Quick: neither blocks nor calls the service, but may start a thread that does.
         *
         * @return what is attached; never null
         */
        A attach(S service, ServiceReference<S> reference);

        /** The service goes. Returns when nobody is inside it and nobody will enter again; bounded. Runs under no lock. */
        void detach(A attached);
    }

    private final BundleContext context;
    private final Class<S> type;
    private final String filter;
    private final Bus<S, A> bus;
    private final ServiceListener listener = this::changed;
    private final Map<ServiceReference<S>, Entry> entries = new LinkedHashMap<>();
    private boolean closed;

    private final class Entry {
        private A attached;
        private boolean gone;
        private boolean detached;
    }

    /** The caller closes it; attaching begins with {@link #open}. */
    public Whiteboard(BundleContext context, Class<S> type, Bus<S, A> bus) {
        this(context, type, "", bus);
    }

    /**
     * As above, for those services only whose properties match when they are registered.
     *
     * @param filter in the syntax of {@link org.osgi.framework.Filter}; empty for all
     * @throws IllegalArgumentException if it is none
     */
    public Whiteboard(BundleContext context, Class<S> type, String filter, Bus<S, A> bus) {
        this.context = context;
        this.type = type;
        this.filter = "(&(objectClass=" + type.getName() + ")" + filter + ")";
        this.bus = bus;
        try {
            context.createFilter(this.filter);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(filter + ": is no filter: " + e.getMessage(), e);
        }
    }

    /** Attaches what is registered and from now on what comes. */
    public void open() {
        try {
            context.addServiceListener(listener, filter);
            Collection<ServiceReference<S>> there = context.getServiceReferences(type, filter);
            there.forEach(this::found);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter was looked at before", e);
        }
    }

    /** What is attached now. */
    public List<A> attached() {
        List<Entry> all;
        synchronized (entries) {
            all = new ArrayList<>(entries.values());
        }
        List<A> live = new ArrayList<>();
        for (Entry entry : all) {
            synchronized (entry) {
                if (entry.attached != null && !entry.gone) {
                    live.add(entry.attached);
                }
            }
        }
        return live;
    }

    /** Detaches everything, newest first, on the calling thread. */
    @Override
    public void close() {
        List<ServiceReference<S>> all;
        synchronized (entries) {
            closed = true;
            all = new ArrayList<>(entries.keySet());
        }
        context.removeServiceListener(listener);
        for (int i = all.size() - 1; i >= 0; i--) {
            lost(all.get(i));
        }
    }

    @SuppressWarnings("unchecked")
    private void changed(ServiceEvent event) {
        ServiceReference<S> reference = (ServiceReference<S>) event.getServiceReference();
        if (event.getType() == ServiceEvent.REGISTERED) {
            found(reference);
        } else if (event.getType() == ServiceEvent.UNREGISTERING) {
            lost(reference);
        }
    }

    private void found(ServiceReference<S> reference) {
        Entry entry = new Entry();
        synchronized (entries) {
            if (closed || entries.putIfAbsent(reference, entry) != null) {
                return;
            }
        }
        // Outside the entry's monitor: a delayed component is activated by this call, and may take its time.
        S service = null;
        boolean attached = false;
        try {
            service = context.getService(reference);
            synchronized (entry) {
                if (!entry.gone && service != null) {
                    entry.attached = bus.attach(service, reference);
                    attached = true;
                }
            }
        } finally {
            if (!attached) {
                synchronized (entries) {
                    entries.remove(reference, entry);
                }
                if (service != null) {
                    unget(reference);
                }
            }
        }
    }

    /** The first who comes detaches; whoever comes meanwhile waits until that is done. */
    private void lost(ServiceReference<S> reference) {
        Entry entry;
        synchronized (entries) {
            entry = entries.get(reference);
        }
        if (entry == null) {
            return;
        }
        A attached;
        synchronized (entry) {
            if (entry.gone) {
                awaitDetached(entry);
                return;
            }
            entry.gone = true;
            attached = entry.attached;
            entry.detached = attached == null;
        }
        if (attached == null) {
            return;
        }
        try {
            bus.detach(attached);
        } finally {
            synchronized (entry) {
                entry.detached = true;
                entry.attached = null;
                entry.notifyAll();
            }
            synchronized (entries) {
                entries.remove(reference, entry);
            }
            unget(reference);
        }
    }

    /** Bounded because detaching is. */
    private void awaitDetached(Entry entry) {
        boolean interrupted = false;
        while (!entry.detached) {
            try {
                entry.wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void unget(ServiceReference<S> reference) {
        try {
            context.ungetService(reference);
        } catch (IllegalStateException stopped) {
            // Our own bundle has stopped meanwhile: the framework has put it already.
        }
    }
}
