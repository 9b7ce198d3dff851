# One's own account: password, browsers, second factor.

own-title = Your account
own-role = Role: { $role }
own-source-local = You sign in with a password that this server keeps.
own-source-oidc = You sign in with your company’s sign-in service, which keeps the password and the second factor.
own-source-ldap = You sign in with your company’s directory, which keeps the password.
own-elsewhere = The password of this account is not kept here, and neither is its second factor.

# Browsers
own-sessions = Where you are signed in
own-session-here = this browser
own-session-screen = screen at the wall
own-session-unknown = Unknown browser
own-session-since = signed in { $when } from { $address }
own-session-used = last used { $ago }
own-session-end = Sign out
own-sessions-end-others = Sign out all others

# Password
own-password = Change the password
own-password-old = Current password
own-password-new = New password
own-password-wrong = The current password is not right.

# Second factor
own-factor = Second factor
own-factor-off = It is off. With it, signing in takes a code from an app on your phone beside the password.
own-factor-demanded = This server lets your account see nothing else before its second factor is on. It takes an app on your phone and a minute.
own-factor-on = It is on since { $when }.
own-factor-codes = { $codes ->
    [one] 1 recovery code is left.
   *[other] { $codes } recovery codes are left.
}
own-factor-password = Your password
own-factor-begin = Set it up
own-factor-end = Switch it off
own-factor-set-up = Set up the second factor
own-factor-scan = Scan this code with an authenticator app on your phone.
own-factor-qr = QR code for an authenticator app
own-factor-type = Without a camera, type this secret into the app:
own-factor-uri = The same as an address
own-factor-confirm = Switch it on
own-factor-confirm-about = The six digits that the app shows now. Until they are right, nothing has changed; then your other browsers are signed out.
own-factor-leave = Leave it off
own-factor-wrong = This code is not right. Look whether the clock of the phone is.
own-factor-late = Nothing is being set up, or it took too long. Begin again on the page of your account.
own-factor-is-on = The second factor is on already.
own-factor-is-off = The second factor is off already.
own-codes-title = Recovery codes
own-codes-head = The second factor is on. Keep these codes.
own-codes-about = Without your phone each of them works once in place of a code from the app. Print them, or keep them where you keep passwords: they are not shown again.
own-codes-done = I have kept them
