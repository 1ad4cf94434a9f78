package org.unplug.shell.command;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.function.Function;

/** Services that answer what a test says. */
final class Fakes {

    private Fakes() {}

    /** Answers what is named, and fails on anything else. */
    static <T> T of(Class<T> type, Map<String, Function<Object[], Object>> answers) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            switch (method.getName()) {
                case "equals":
                    return proxy == args[0];
                case "hashCode":
                    return System.identityHashCode(proxy);
                case "toString":
                    return "a fake " + type.getSimpleName();
                default:
                    break;
            }
            if (!answers.containsKey(method.getName())) {
                throw new AssertionError("not expected: " + method);
            }
            return answers.get(method.getName()).apply(args);
        }));
    }
}
