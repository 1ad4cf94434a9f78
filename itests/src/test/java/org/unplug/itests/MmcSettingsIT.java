package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import javax.inject.Inject;
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
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.MmcHosts;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;

/** The times of the MMC core are changed in use, and no card is touched by it. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class MmcSettingsIT {

    private static final String PID = "org.unplug.mmc";

    @Inject
    private BundleContext context;

    private Rig rig;
    private ServiceReference<MmcCard> card;
    private DiskHandle disk;
    private MmcHosts hosts;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    @Before
    public void cardInUse() throws IOException {
        rig = new Rig(context);
        hosts = rig.service(MmcHosts.class);
        rig.service(MmcSlots.class).insert(MmcSlots.DEFAULT_SLOT, CardSpec.memory(4 << 20));
        Disk found = rig.disk("(disk.bus=mmc)");
        rig.service(MmcCard.class);
        card = rig.find(MmcCard.class, null).orElseThrow();
        disk = found.open(Holder.named("user"), OpenMode.WRITE);
    }

    @After
    public void takeOut() throws IOException {
        configuration().delete();
        disk.close();
        rig.service(MmcSlots.class).yank(MmcSlots.DEFAULT_SLOT);
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    private org.osgi.service.cm.Configuration configuration() throws IOException {
        return rig.service(ConfigurationAdmin.class).getConfiguration(PID, "?");
    }

    private void set(long debounceMs) throws IOException {
        configuration().update(FrameworkUtil.asDictionary(Map.of("debounceMs", debounceMs)));
    }

    private void awaitSetting(long debounceMs) {
        Await.until(
                "debounceMs is " + debounceMs,
                () -> rig.find(MmcHosts.class, "(debounceMs=" + debounceMs + ")")
                        .isPresent());
    }

    private void assertInUse() throws IOException {
        assertEquals(card, rig.find(MmcCard.class, null).orElseThrow());
        assertSame("the core is the same", hosts, rig.service(MmcHosts.class));
        disk.write(8, ByteBuffer.allocate(4096));
        disk.read(8, ByteBuffer.allocate(4096));
    }

    @Test
    public void otherTimes_holdFromNowOn_andTheCardStaysInUse() throws IOException {
        set(20);
        awaitSetting(20);
        assertInUse();
        configuration().delete();
        awaitSetting(200);
        assertInUse();
        set(21);
        awaitSetting(21);
        assertInUse();
    }

    @Test
    public void timesThatCannotBe_areRefused_andTheCardStaysInUse() throws IOException {
        set(-5);
        awaitSetting(-5);
        assertInUse();
        assertTrue(hosts.list().stream().anyMatch(host -> host.state().equals("READY")));
    }
}
