package org.unplug.lab.explore.engine;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Loads the project's bundles, flat, woven; and the scenes, as they are. The engine and everything else are the parent's. */
public final class WeavingLoader extends ClassLoader {

    private static final String OURS = "org.unplug.";
    private static final String ENGINE = "org.unplug.lab.explore.engine.";
    private static final String SCENES = "org.unplug.lab.explore.scene.";

    private static final Set<String> VOLATILES = ConcurrentHashMap.newKeySet();
    private static final Map<String, byte[]> ORIGINALS = new ConcurrentHashMap<>();
    /** Woven without a mutation: the same for every loader. */
    private static final Map<String, byte[]> WOVEN = new ConcurrentHashMap<>();

    private final Mutation mutation;

    /** @param mutation null for the code as it is */
    public WeavingLoader(Mutation mutation) {
        super(WeavingLoader.class.getClassLoader());
        this.mutation = mutation;
    }

    /** Makes a scene from its name, "shape/kind/scheduler". */
    public Scene scene(Scheduler scheduler, String name) {
        try {
            Class<?> cast = loadClass(SCENES + "Scenes");
            return (Scene) cast.getMethod("make", Scheduler.class, String.class).invoke(null, scheduler, name);
        } catch (java.lang.reflect.InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OURS) || name.startsWith(ENGINE) || name.startsWith("org.unplug.lab.explore.Explore")) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            byte[] bytes = bytes(name);
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    private byte[] bytes(String name) throws ClassNotFoundException {
        byte[] original = original(name);
        if (name.startsWith(SCENES)) {
            return original;
        }
        if (mutation != null && mutation.concerns(name.replace('.', '/'))) {
            return Weaver.weave(original, VOLATILES, mutation);
        }
        return WOVEN.computeIfAbsent(name, n -> Weaver.weave(original, VOLATILES, null));
    }

    private byte[] original(String name) throws ClassNotFoundException {
        byte[] known = ORIGINALS.get(name);
        if (known != null) {
            return known;
        }
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] read = in.readAllBytes();
            Weaver.findVolatiles(read, VOLATILES);
            ORIGINALS.put(name, read);
            return read;
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }
}
