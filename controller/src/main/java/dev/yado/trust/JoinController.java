package dev.yado.trust;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.IssuedCertificate;
import dev.yado.protocol.trust.JoinRequest;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.RenewRequest;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** What machines call for their certificates. */
@RestController
class JoinController {
    private final Machines machines;

    JoinController(Machines machines) {
        this.machines = machines;
    }

    @PostMapping(MachineCalls.JOIN)
    IssuedCertificate join(@RequestBody JoinRequest request) {
        present("token", request.token());
        present("role", request.role());
        present("id", request.id());
        present("name", request.name());
        present("request", request.request());
        if (request.role() == Machine.Role.CONTROLLER) {
            throw JoinTokens.refused("controllers do not join: they have the CA");
        }
        return machines.join(request);
    }

    @PostMapping("/internal/v1/renew")
    IssuedCertificate renew(@RequestBody RenewRequest body, HttpServletRequest request) {
        present("request", body.request());
        return machines.renew(Speaker.of(request), body.request());
    }

    private static void present(String field, @Nullable Object value) {
        if (value == null) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "the field " + field + " is missing");
        }
    }
}
