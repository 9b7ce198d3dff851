# Signing in, and links that are good for once.

account-sign-in = Sign in
account-name = Account
account-password = Password
account-forgotten = Forgotten, or no account yet?
account-forgotten-how = Whoever may read the database of the server gets a one-time link there with:
account-forgotten-name = NAME
account-refused = There is no account with this name and password.
account-disabled = This account is disabled. Ask an administrator of this server.
account-too-many-tries = Too many tries from here. Wait { $secs ->
    [one] 1 second
   *[other] { $secs } seconds
} and try again.

# A link
account-first-title = Make the first account
account-first = Welcome. Make the first account.
account-first-about = It administers this server: enrolment tokens, agents, everything that the pages show.
account-first-make = Make the account
account-password-title = Set a new password
account-password-for = Set a new password for { $name }
account-password-about = Other browsers that are signed in to this account are signed out.
account-password-set = Set the password
account-password-least = { $least } characters or more; a few words in a row are easy to remember.
account-again = Repeat the password
account-name-missing = Give the account a name.
account-name-long = The name may have { $most } characters at most, and no control characters.
account-password-short = The password has fewer than { $least } characters. A few words in a row are easy to remember.
account-password-long = The password has more than { $most } bytes.
account-passwords-differ = The two passwords differ.

# A link that is good no more
account-link-over = This link is over
account-link-over-head = This link is over.
account-link-over-about = It was used already, it is older than 24 hours, or it was copied with a character missing. Nothing was changed.
account-link-over-new = A new one is printed on the server by:
account-link-over-sign-in = With an account: <a href="/sign-in">sign in</a>.

# The second step
account-code-title = Sign in: the code
account-code-head = One more step
account-code = Code
account-code-about = The six digits that the app on your phone shows, or one of your recovery codes.
account-code-go = Go on
account-code-wrong = This code is not right, or it was used already.
account-code-late = That took too long, or too many codes were wrong. Begin again.
account-code-lost = Neither phone nor recovery code?
account-code-lost-how = Whoever may read the database of the server switches the second factor off there with:
