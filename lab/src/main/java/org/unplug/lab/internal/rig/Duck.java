package org.unplug.lab.internal.rig;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;

/**
 * Calls a driver's exported classes by name. The laboratory stops and refreshes drivers, and a bundle that imports from a
 * refreshed one is restarted with it; so it must not be wired to any.
 */
final class Duck {

    private Duck() {}

    /** An object seen through an interface of ours whose methods have the names and parameters of its own. */
    static <T> T as(Class<T> shape, Object duck) {
        return shape.cast(
                Proxy.newProxyInstance(shape.getClassLoader(), new Class<?>[] {shape}, (proxy, method, given) -> {
                    Object[] arguments = given == null ? new Object[0] : given;
                    return call(duck, method.getName(), arguments);
                }));
    }

    /** Calls a public method of an object by name and number of arguments. */
    static Object call(Object target, String name, Object... arguments) throws Exception {
        return call(target.getClass(), target, name, arguments);
    }

    /** Calls a static method of a class that the object's bundle sees. */
    static Object callStatic(Object neighbour, String className, String name, Object... arguments) throws Exception {
        Class<?> type = neighbour.getClass().getClassLoader().loadClass(className);
        return call(type, null, name, arguments);
    }

    private static Object call(Class<?> type, Object target, String name, Object... arguments) throws Exception {
        Method method = find(type, name, arguments.length);
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** The method as a public type declares it: the class of a service itself may be hidden. */
    private static Method find(Class<?> type, String name, int parameters) throws NoSuchMethodException {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            for (Class<?> face : each.getInterfaces()) {
                Method found = declared(face, name, parameters);
                if (found != null) {
                    return found;
                }
            }
            Method found =
                    java.lang.reflect.Modifier.isPublic(each.getModifiers()) ? declared(each, name, parameters) : null;
            if (found != null) {
                return found;
            }
        }
        throw new NoSuchMethodException(
                type.getName() + " has no public " + name + " of " + parameters + " parameters");
    }

    private static Method declared(Class<?> type, String name, int parameters) {
        return Arrays.stream(type.getMethods())
                .filter(m -> m.getName().equals(name) && m.getParameterCount() == parameters)
                .findFirst()
                .orElse(null);
    }
}
