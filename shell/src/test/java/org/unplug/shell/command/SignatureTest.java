package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.junit.jupiter.api.Test;

class SignatureTest {

    static final class Commands {
        @Descriptor("mounts a disk")
        public void mount(
                CommandSession session,
                @Descriptor("the type")
                        @Names.Of(Names.Kind.FILE_SYSTEM_TYPE)
                        @Parameter(names = "-t", absentValue = "auto")
                        String type,
                @Descriptor("no writing")
                        @Parameter(
                                names = {"-r", "--ro"},
                                presentValue = "true",
                                absentValue = "false")
                        boolean readOnly,
                @Descriptor("what") @Names.Of(Names.Kind.DISK) String disk,
                @Descriptor("where") @Names.Of(Names.Kind.MOUNT_POINT) String[] points) {}
    }

    private final Signature mount = new Signature("mount", method("mount"));

    private static Method method(String name) {
        return Arrays.stream(Commands.class.getMethods())
                .filter(m -> m.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void usage_showsOptionsThenParameters() {
        assertEquals("mount [-t VALUE] [-r] DISK [MOUNT_POINT...]", mount.usage());
        assertEquals("mounts a disk", mount.what());
        assertEquals(4, mount.details().size());
    }

    @Test
    void kinds_followThePosition_pastOptionsAndTheirValues() {
        assertEquals(List.of(Names.Kind.DISK), mount.kindsAfter(List.of()));
        assertEquals(List.of(Names.Kind.FILE_SYSTEM_TYPE), mount.kindsAfter(List.of("-t")));
        assertEquals(List.of(Names.Kind.DISK), mount.kindsAfter(List.of("-t", "vfat", "-r")));
        assertEquals(List.of(Names.Kind.MOUNT_POINT), mount.kindsAfter(List.of("sda")));
        assertEquals(List.of(Names.Kind.MOUNT_POINT), mount.kindsAfter(List.of("--ro", "sda", "/a", "/b")));
    }

    @Test
    void options_areAllSpellings() {
        assertEquals(List.of("-t", "-r", "--ro"), mount.options());
    }
}
