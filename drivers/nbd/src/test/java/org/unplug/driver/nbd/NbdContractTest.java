package org.unplug.driver.nbd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.unplug.block.testing.DiskDriverContract;
import org.unplug.nbd.Transmission;

/** What every driver does right, over a server in this process. */
class NbdContractTest extends DiskDriverContract {

    private final List<AutoCloseable> opened = new ArrayList<>();

    @Override
    protected Candidate make() throws IOException {
        ScriptedServer server = new ScriptedServer(
                4 << 20,
                Transmission.SEND_FLUSH
                        | Transmission.SEND_FUA
                        | Transmission.SEND_WRITE_ZEROES
                        | Transmission.CAN_MULTI_CONN);
        opened.add(server);
        Settings settings = Settings.of(server.uri()).withDeadAfterMs(1000);
        NbdDriver driver = new NbdDriver(settings, clockwork, new NbdDriver.Watch() {
            @Override
            public void lost(Link link, String why) {}

            @Override
            public void dead() {}
        });
        for (int i = 0; i < 2; i++) {
            Link link = Link.connect(driver, i, settings, clockwork);
            driver.up(link);
            clockwork.execute("link", link::run);
        }
        opened.add(driver);
        return new Candidate(driver, driver.spec("nbd"));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }
}
