motion-hint-take = take in your hand
motion-hint-throw = throw
motion-hint-put = put down
motion-not-allowed = You may not touch things here.
motion-taken = Somebody else holds it.
motion-too-far = That is too far away.
motion-too-heavy = That is too heavy for one hand.
