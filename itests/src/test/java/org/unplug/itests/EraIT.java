package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.unplug.block.Disk;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;

/** The command {@code lab era} in a framework: the same yank, with a historical removal protocol and with ours. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class EraIT {

    private static final long CARD_BYTES = 8 << 20;

    @Inject
    private BundleContext context;

    private Rig rig;
    private final ByteArrayOutputStream console = new ByteArrayOutputStream();
    private CommandSession session;

    @Configuration
    public Option[] framework() {
        return new Option[] {
            TargetPlatform.runtime(), TargetPlatform.unplug(), TargetPlatform.bundles("org.unplug.lab-museum")
        };
    }

    @Before
    public void setUp() {
        rig = new Rig(context);
        session = rig.service(CommandProcessor.class)
                .createSession(new ByteArrayInputStream(new byte[0]), console, console);
    }

    @After
    public void tearDown() throws Exception {
        session.execute("lab era ours");
        session.close();
    }

    private String said() {
        return console.toString(StandardCharsets.UTF_8);
    }

    private boolean hasCommand() {
        try {
            return context.getAllServiceReferences(null, "(osgi.command.function=lab)") != null;
        } catch (InvalidSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private void era(String name) throws Exception {
        // The command is a service that comes once its bundle's components are up.
        Await.until("there is the command", this::hasCommand);
        session.execute("lab era " + name);
    }

    /** A card with a file in it, mounted, and pulled out. */
    private Mount yanked() throws IOException {
        MmcSlots slots = rig.service(MmcSlots.class);
        MountTable mounts = rig.service(MountTable.class);
        slots.insert(MmcSlots.DEFAULT_SLOT, CardSpec.memory(CARD_BYTES));
        String filter = "(disk.bus=mmc)";
        String name = rig.disk(filter).info().name();
        mounts.format(name, FormatOptions.of("fat16"));
        Mount mount = mounts.mount(name, "/era", MountTable.AUTO, MountOptions.DEFAULT);
        Files.write(mount.fileSystem().getPath("/file"), new byte[2_000_000]);
        mounts.unmount("/era");
        mount = mounts.mount(name, "/era", MountTable.AUTO, MountOptions.DEFAULT);
        slots.yank(MmcSlots.DEFAULT_SLOT);
        Await.until("the disk is withdrawn", () -> rig.find(Disk.class, filter).isEmpty());
        return mount;
    }

    @Test
    public void mmc2628_yankOfAMountedCard_oopsesOnTheConsole() throws Exception {
        era("mmc-2.6.28");
        yanked();
        Await.until("the queue is freed and used", () -> {
            // On a thread of the session, whose standard error is the console.
            assertThrows(Exception.class, () -> session.execute("unplug:cat /era/file"));
            return said().contains("BUG: use-after-release of request_queue of mmcblk0 in generic_make_request");
        });
        for (String part : new String[] {"Protocol: MMC, Linux 2.6.28", "Used by", "Allocated by", "Released by"}) {
            assertTrue(part + " in " + said(), said().contains(part));
        }
        rig.service(MountTable.class).unmount("/era");
    }

    @Test
    public void ours_afterAnEra_answersTyped() throws Exception {
        era("mmc-2.6.28");
        era("ours");
        Path file = yanked().fileSystem().getPath("/file");
        Await.until("the mount is told", () -> {
            try {
                Files.readAllBytes(file);
                return false;
            } catch (DiskGoneException gone) {
                return true;
            } catch (IOException other) {
                throw new AssertionError(other);
            }
        });
        rig.service(MountTable.class).unmount("/era");
        assertFalse(said(), said().contains("BUG"));
    }

    @Test
    public void eraThatIsNone_isRefusedInOneLine() {
        String message = assertThrows(Exception.class, () -> era("mmc-1.0"))
                .getMessage()
                .lines()
                .findFirst()
                .orElse("");
        assertEquals("no era 'mmc-1.0'; there are mmc-2.6.28", message.split(",", 2)[0]);
    }
}
