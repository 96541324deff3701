motion-hint-take = coger
motion-hint-throw = lanzar
motion-hint-put = dejar
motion-not-allowed = Aquí no puedes tocar las cosas.
motion-taken = Otra persona lo tiene en la mano.
motion-too-far = Está demasiado lejos.
motion-too-heavy = Pesa demasiado para una mano.
