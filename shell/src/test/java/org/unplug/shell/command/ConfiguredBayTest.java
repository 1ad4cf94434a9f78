package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ConfiguredBayTest {

    @Test
    void reason_isTheInnermostCause_withoutItsClass() {
        assertEquals("/x.img: no such file", ConfiguredBay.reason("""
                        java.lang.reflect.InvocationTargetException
                        \tat java.base/java.lang.reflect.Method.invoke(Method.java:1)
                        Caused by: java.io.IOException: /x.img: no such file
                        \tat org.unplug.Loop.open(Loop.java:2)
                        """));
    }

    @Test
    void reason_ofABareException_isItsMessage() {
        assertEquals(
                "bad size", ConfiguredBay.reason("java.lang.IllegalArgumentException: bad size\n\tat a.B.c(B.java:1)"));
    }
}
